//! Everything that can go wrong between a request and its answer.

use std::net::IpAddr;

use thiserror::Error;

use crate::diag::Words;
use crate::diag::words::tame;

/// Why there is no answer, or none that is taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", self.words().en)]
#[non_exhaustive]
pub enum NetError {
    /// The host lies in the local network and nobody named it.
    AddressNotPublic {
        /// What was asked.
        url: String,
        /// Where it leads.
        address: IpAddr,
    },
    /// There is no connection, or it broke.
    Connection {
        /// What was asked.
        url: String,
        /// What the system says.
        reason: String,
    },
    /// The answer is of another kind.
    ContentType {
        /// What was asked.
        url: String,
        /// What came.
        found: String,
        /// What the standard says.
        wanted: &'static str,
    },
    /// The name of the host leads nowhere.
    HostNotFound {
        /// What was asked.
        url: String,
    },
    /// No address to ask was given.
    NobodyToAsk {},
    /// What came is not what was asked for; whoever knows its meaning says why.
    Refused {
        /// What was asked.
        url: String,
        /// Why it is not taken.
        why: Words,
    },
    /// The host sends elsewhere, too often or where a request may not follow.
    Redirected {
        /// What was asked.
        url: String,
        /// Where it sends.
        location: String,
    },
    /// The host answers with a fault of its own.
    Status {
        /// What was asked.
        url: String,
        /// The status code of HTTP.
        code: u16,
    },
    /// The answer took too long.
    TimeLimit {
        /// What was asked.
        url: String,
        /// The limit in seconds.
        seconds: u64,
    },
    /// The answer is larger than anything sound.
    TooLarge {
        /// What was asked.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The address is not one that is talked to.
    UrlUnsound {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl NetError {
    /// Whether the same request may well be answered a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Connection { .. } | Self::HostNotFound { .. } | Self::TimeLimit { .. } => true,
            // RFC 9110 §15.5.9, RFC 6585 §4, RFC 9110 §15.6.
            Self::Status { code, .. } => matches!(code, 408 | 429 | 500..=599),
            Self::AddressNotPublic { .. }
            | Self::ContentType { .. }
            | Self::NobodyToAsk {}
            | Self::Redirected { .. }
            | Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::UrlUnsound { .. } => false,
        }
    }

    /// Says it for people.
    pub fn words(&self) -> Words {
        match self {
            Self::AddressNotPublic { url, address } => said(
                url,
                &format!("địa chỉ {address} thuộc mạng nội bộ, không được hỏi"),
                &format!("{address} lies in the local network and is not asked"),
            ),
            Self::Connection { url, reason } => {
                let reason = tame(reason);
                said(
                    url,
                    &format!("không kết nối được ({reason})"),
                    &format!("no connection ({reason})"),
                )
            }
            Self::ContentType { url, found, wanted } => {
                let found = tame(found);
                said(
                    url,
                    &format!("trả lời loại `{found}`, phải là `{wanted}`"),
                    &format!("the answer is `{found}`, not `{wanted}`"),
                )
            }
            Self::HostNotFound { url } => {
                said(url, "không tìm thấy máy chủ", "the host is not found")
            }
            Self::NobodyToAsk {} => {
                Words::new("chưa có địa chỉ nào để hỏi", "there is no address to ask")
            }
            Self::Refused { url, why } => said(url, &why.vi, &why.en),
            Self::Redirected { url, location } => {
                let location = tame(location);
                said(
                    url,
                    &format!("bị chuyển sang `{location}`, không đi theo"),
                    &format!("it sends to `{location}`, which is not followed"),
                )
            }
            Self::Status { url, code } => said(
                url,
                &format!("máy chủ trả lời lỗi HTTP {code}"),
                &format!("the host answers with HTTP status {code}"),
            ),
            Self::TimeLimit { url, seconds } => said(
                url,
                &format!("không trả lời trong {seconds} giây"),
                &format!("no answer within {seconds} seconds"),
            ),
            Self::TooLarge { url, limit } => said(
                url,
                &format!("trả lời quá {limit} byte"),
                &format!("the answer has more than {limit} bytes"),
            ),
            Self::UrlUnsound { url, reason } => said(
                url,
                &format!("địa chỉ không dùng được ({reason})"),
                &format!("the address cannot be used ({reason})"),
            ),
        }
    }
}

fn said(url: &str, vi: &str, en: &str) -> Words {
    let url = tame(url);
    Words::new(format!("{url}: {vi}"), format!("{url}: {en}"))
}
