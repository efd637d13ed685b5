//! What each code means, on a page of its own: for people who look it up.

macro_rules! pages {
    ($( $code:literal, )*) => {
        /// Every code that a problem may have.
        pub const CODES: &[&str] = &[$( $code, )*];

        /// The page about a code, in Markdown.
        #[must_use]
        pub fn explain(code: &str) -> Option<&'static str> {
            match code {
                $( $code => Some(include_str!(concat!("explain/", $code, ".md"))), )*
                _ => None,
            }
        }
    };
}

pages! {
}
