//! One operation of the API: how it is reached, what it means, who answers it.

use crate::state::App;
use axum::routing::MethodRouter;

/// A parameter in the query.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) kind: &'static str,
}

/// What every list takes.
pub(crate) const PAGE: &[Parameter] = &[
    Parameter {
        name: "cursor",
        help: "Where the previous piece ended: its `next`.",
        kind: "string",
    },
    Parameter {
        name: "limit",
        help: "How many items, 1 to 200; 50 when absent.",
        kind: "integer",
    },
    Parameter {
        name: "search",
        help: "Only items that contain this text.",
        kind: "string",
    },
];

/// One operation.
pub(crate) struct Operation {
    pub(crate) method: &'static str,
    /// Path below `/api/v1`, with `{account}` and the like.
    pub(crate) path: String,
    pub(crate) tag: &'static str,
    pub(crate) summary: String,
    pub(crate) detail: &'static str,
    pub(crate) parameters: Vec<&'static Parameter>,
    /// Schema of the request body, if there is one.
    pub(crate) body: Option<String>,
    /// Media type of the request body when it is a file.
    pub(crate) file: Option<&'static str>,
    /// Status and schema of the good answer; an empty schema means no JSON body.
    pub(crate) answer: (u16, String),
    /// Media type of the answer when it is not JSON.
    pub(crate) media: Option<&'static str>,
    /// Statuses of refusals beyond 401 and 404.
    pub(crate) refusals: Vec<u16>,
    pub(crate) is_open: bool,
    pub(crate) takes_revision: bool,
    pub(crate) takes_key: bool,
    pub(crate) handler: MethodRouter<App>,
}

impl Operation {
    fn new(
        method: &'static str,
        path: impl Into<String>,
        tag: &'static str,
        summary: impl Into<String>,
        handler: MethodRouter<App>,
    ) -> Operation {
        Operation {
            method,
            path: path.into(),
            tag,
            summary: summary.into(),
            detail: "",
            parameters: Vec::new(),
            body: None,
            file: None,
            answer: (200, String::new()),
            media: None,
            refusals: Vec::new(),
            is_open: false,
            takes_revision: false,
            takes_key: false,
            handler,
        }
    }

    pub(crate) fn get(
        path: impl Into<String>,
        tag: &'static str,
        summary: impl Into<String>,
        handler: MethodRouter<App>,
    ) -> Operation {
        Operation::new("get", path, tag, summary, handler)
    }

    /// A list: takes a page, answers `{items, next}`.
    pub(crate) fn list(
        path: impl Into<String>,
        tag: &'static str,
        summary: impl Into<String>,
        item: &str,
        handler: MethodRouter<App>,
    ) -> Operation {
        let mut operation = Operation::new("get", path, tag, summary, handler);
        operation.parameters.extend(PAGE);
        operation.answers(200, format!("[{item}]"))
    }

    pub(crate) fn post(
        path: impl Into<String>,
        tag: &'static str,
        summary: impl Into<String>,
        handler: MethodRouter<App>,
    ) -> Operation {
        Operation::new("post", path, tag, summary, handler)
    }

    /// A create: may carry an Idempotency-Key, answers 201.
    pub(crate) fn create(
        path: impl Into<String>,
        tag: &'static str,
        summary: impl Into<String>,
        schema: &str,
        handler: MethodRouter<App>,
    ) -> Operation {
        let mut operation = Operation::new("post", path, tag, summary, handler);
        operation.takes_key = true;
        operation
            .body(schema)
            .answers(201, schema)
            .refuses(&[409, 422])
    }

    pub(crate) fn put(
        path: impl Into<String>,
        tag: &'static str,
        summary: impl Into<String>,
        handler: MethodRouter<App>,
    ) -> Operation {
        Operation::new("put", path, tag, summary, handler)
    }

    pub(crate) fn patch(
        path: impl Into<String>,
        tag: &'static str,
        summary: impl Into<String>,
        handler: MethodRouter<App>,
    ) -> Operation {
        Operation::new("patch", path, tag, summary, handler)
    }

    pub(crate) fn delete(
        path: impl Into<String>,
        tag: &'static str,
        summary: impl Into<String>,
        handler: MethodRouter<App>,
    ) -> Operation {
        Operation::new("delete", path, tag, summary, handler).answers(204, "")
    }

    pub(crate) fn detail(mut self, detail: &'static str) -> Operation {
        self.detail = detail;
        self
    }

    pub(crate) fn body(mut self, schema: impl Into<String>) -> Operation {
        self.body = Some(schema.into());
        self
    }

    /// The request's body is a file of this media type.
    pub(crate) fn takes(mut self, media: &'static str) -> Operation {
        self.file = Some(media);
        self
    }

    pub(crate) fn answers(mut self, status: u16, schema: impl Into<String>) -> Operation {
        self.answer = (status, schema.into());
        self
    }

    pub(crate) fn refuses(mut self, statuses: &[u16]) -> Operation {
        self.refusals.extend(statuses);
        self
    }

    /// Takes the revision in `If-Match` and answers 412 when it is not the current one.
    pub(crate) fn with_revision(mut self) -> Operation {
        self.takes_revision = true;
        self.refusals.push(412);
        self
    }

    pub(crate) fn parameter(mut self, parameter: &'static Parameter) -> Operation {
        self.parameters.push(parameter);
        self
    }

    pub(crate) fn media(mut self, media: &'static str) -> Operation {
        self.media = Some(media);
        self
    }

    /// Needs no token.
    pub(crate) fn open(mut self) -> Operation {
        self.is_open = true;
        self
    }
}
