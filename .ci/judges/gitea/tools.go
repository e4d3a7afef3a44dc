//go:build tools
package gitea
import _ "code.gitea.io/gitea"
