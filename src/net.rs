//! The network, as bytes out and bytes in: time-stamp authorities, lists of revoked certificates,
//! OCSP responders. Nothing here knows what the bytes mean; [`crate::sign`] judges them.
//!
//! | part | what it is |
//! |---|---|
//! | `tsa` | time-stamps (RFC 3161 §3.4), many in flight over kept connections |
//! | `fetch` | CRLs (RFC 5280 §4.2.1.13) and OCSP answers (RFC 6960 A.1) |
//! | `https` | requests to a forge or a signing service that the user named, over TLS; the one exception to the next paragraph |
//! | `agent` | one request and its answer, within bounds |
//! | `address` | which machines may be talked to |
//! | `url` | which addresses are written down soundly |
//! | `fault` | everything that can go wrong |
//!
//! What comes over plain HTTP is signed by whoever made it, so but for `https` there is no TLS here, and an
//! address that asks for it is refused. Addresses come out of certificates, which strangers make: such an
//! address never leads to a machine of the local network, unless the user named that very host
//! ([`Reach`]). Redirects stay on `http`, are few, and are judged again. Proxies are not used: the
//! environment is not read here.

mod address;
mod agent;
mod fault;
pub mod fetch;
pub mod https;
#[cfg(test)]
pub(crate) mod testing;
pub mod tsa;
mod url;

pub use address::Reach;
pub use agent::Bounds;
pub use agent::Client;
pub use fault::NetError;
pub use url::HttpUrl;
