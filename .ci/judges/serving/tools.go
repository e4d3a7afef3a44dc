//go:build tools
package serving
import _ "github.com/oauth2-proxy/oauth2-proxy/v7"
