//! Sockets that listen but are not answered yet.

use std::io;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::TcpListener;

use crate::web::Error;

/// With port 0, how often a port that is free on both loopback addresses is looked for.
const TRIES: usize = 16;

/// Sockets that listen.
#[derive(Debug)]
pub struct Bound {
    pub(super) listeners: Vec<TcpListener>,
    address: SocketAddr,
}

impl Bound {
    /// Listens on this machine only: on 127.0.0.1 and, where there is one, on `[::1]`, at the same
    /// port, so that nobody else can answer to `localhost` there. Port 0 takes any that is free.
    ///
    /// # Errors
    /// [`Error::PortTaken`], [`Error::Bind`].
    pub fn loopback(port: u16) -> Result<Self, Error> {
        let mut last = Error::PortTaken { port };
        for _ in 0..TRIES {
            let four = Self::at(IpAddr::V4(Ipv4Addr::LOCALHOST), port)?;
            let six = Self::at(IpAddr::V6(Ipv6Addr::LOCALHOST), four.address.port());
            match six {
                Ok(six) => {
                    let address = four.address;
                    let listeners = four.listeners.into_iter().chain(six.listeners);
                    let listeners = listeners.collect();
                    return Ok(Self { listeners, address });
                }
                Err(error @ Error::PortTaken { .. }) if port == 0 => last = error,
                Err(error @ Error::PortTaken { .. }) => return Err(error),
                // No IPv6 on this machine.
                Err(_) => return Ok(four),
            }
        }
        Err(last)
    }

    /// Listens on one address, of whatever network.
    ///
    /// # Errors
    /// [`Error::PortTaken`], [`Error::Bind`].
    pub fn at(address: IpAddr, port: u16) -> Result<Self, Error> {
        let failed = |source: io::Error| match source.kind() {
            ErrorKind::AddrInUse => Error::PortTaken { port },
            _ => Error::Bind {
                address,
                port,
                source,
            },
        };
        let listener = TcpListener::bind((address, port)).map_err(failed)?;
        // What the runtime asks of a socket.
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self {
            address: listener.local_addr().map_err(failed)?,
            listeners: vec![listener],
        })
    }

    /// Where it listens; of two loopback addresses, the first.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
