//! A fax machine in a process of its own.
//!
//! The modems and the protocol between fax machines (T.30) are spandsp's, a C library that is loaded when a fax is
//! received. It reads what strangers send, so it runs in a [worker] process that may crash or stall without harm to any
//! call. The process that has the call exchanges 20 ms of sound with it at a time: [`wire`].

mod bitmap;
mod convert;
mod pages;
mod pdf;
mod spandsp;
mod t6;
mod tiff;
pub mod wire;
pub mod worker;

pub use convert::{ConvertError, convert};
pub use pages::{LARGEST_PDF, LARGEST_TIFF, MOST_PAGES, Pages, PagesError, pages};
pub use pdf::{TiffError, pdf};
pub use spandsp::{Identity, Job, Machine, MachineError, Outcome};

/// Samples in the 20 ms of sound that are exchanged at a time, 8000 a second.
pub const FRAME_SAMPLES: usize = 160;

/// 20 ms of linear samples.
pub type Frame = [i16; FRAME_SAMPLES];
