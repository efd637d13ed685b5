//! Web requests.

/// The method of a web request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpMethod {
    /// The fields go into the query.
    Get,
    /// The fields go into the body.
    Post,
    /// The fields go into the body.
    Put,
}

impl HttpMethod {
    /// The method's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// A web request. The host refuses addresses inside its own network.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRequest {
    /// The method.
    pub method: HttpMethod,
    /// The address, `http` or `https`.
    pub url: String,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// What is told.
    pub fields: Vec<(String, String)>,
    /// The body is JSON instead of a form.
    pub json: bool,
    /// Milliseconds that the other side may take.
    pub timeout_ms: u64,
    /// How often it is tried again when the network fails.
    pub retries: u32,
}

impl HttpRequest {
    /// Method and address for a trace: without user, password and query, which may hold secrets.
    #[must_use]
    pub fn shown(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("", &self.url));
        let open = rest.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = open.split_at(open.find('/').unwrap_or(open.len()));
        let host = host.rsplit('@').next().unwrap_or(host);
        format!("{} {scheme}://{host}{path}", self.method.as_str())
    }
}
