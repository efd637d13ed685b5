//! The parts every screen is made of.

pub(crate) mod foot;
pub(crate) mod icon;
pub(crate) mod nav;
pub(crate) mod number;
pub(crate) mod page;
pub(crate) mod rail;
pub(crate) mod request;
pub(crate) mod toast;
pub(crate) mod top;
