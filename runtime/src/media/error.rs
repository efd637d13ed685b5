//! What can go wrong when a call asks something of the media plane.

use std::io;

/// Why a request to the media plane was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A worker thread, its epoll or its timer could not be created.
    #[error("starting a media worker failed: {0}; check the limits on threads and open files")]
    Start(#[source] io::Error),
    /// Every RTP port of the configured range is taken.
    #[error("no RTP port is free between {first} and {last}; widen PATCHCORD_RTP_PORTS")]
    NoPort {
        /// First port of the range.
        first: u16,
        /// Last port of the range.
        last: u16,
    },
    /// The RTP socket could not be bound for a reason other than a taken port.
    #[error(
        "binding an RTP socket failed: {0}; check the bind address and the limit on open files"
    )]
    Bind(#[source] io::Error),
    /// The command queue of the worker is full.
    #[error("the media worker is overloaded and refused the command; offer it fewer calls")]
    Overloaded,
    /// The worker is gone because the media plane was shut down.
    #[error("the media plane has been shut down")]
    ShutDown,
    /// Two legs on different workers were to be bridged.
    #[error("legs {0} and {1} live on different media workers; move one with `move_near` first")]
    DifferentWorkers(u64, u64),
    /// A request was outside its documented limits.
    #[error("the media request is not valid: {0}")]
    Invalid(&'static str),
}
