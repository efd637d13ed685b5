//! Everything the program answers over HTTP: the pages rendered by `app`, the API, the site's files, and the checks
//! around them.

use crate::state::App;
use crate::{api, assets, auth, feed, metrics, origin, security, unread, websocket};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{from_fn_with_state, map_request};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;

/// The whole site.
pub(crate) fn router(app: App) -> Router {
    let pages = Router::new()
        .leptos_routes_with_context(
            &app,
            generate_route_list(app::App),
            context(&app),
            document(&app),
        )
        .layer(from_fn_with_state(app.clone(), auth::session));
    Router::new()
        .route("/", get(auth::home))
        .route("/sign-in", post(auth::sign_in))
        .route("/sign-out", post(auth::sign_out))
        .merge(pages)
        .nest("/api", api::router())
        // Not within the nest, which begins behind the slash.
        .route("/api/", any(api::no_such_path))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::page))
        .route("/sip", get(websocket::connect))
        .fallback(elsewhere)
        .layer(map_request(unread::discard))
        .layer(from_fn_with_state(app.clone(), origin::check))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(from_fn_with_state(app.clone(), metrics::count))
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

/// What pages and server functions find in their context: the store, who is registered, what the system prompts say, and
/// a policy with the page's nonce.
fn context(app: &App) -> impl Fn() + Clone + Send + Sync + 'static {
    let store = app.store.clone();
    let phones = phones(app);
    let messages = sip_messages(app);
    let prompts = app::SystemPrompts(runtime::prompts::prompt_texts);
    move || {
        provide_context(store.clone());
        provide_context(phones.clone());
        provide_context(messages.clone());
        provide_context(prompts);
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::from_str(&security::page_policy(nonce.as_inner()))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// Which phones the exchange of this process can reach.
fn phones(app: &App) -> app::Phones {
    let runtime = app.runtime.clone();
    app::Phones::new(move |account| {
        let runtime = runtime.clone();
        async move {
            let account = callflow::AccountId::from(account.as_str());
            let registered = runtime.registrations(&account).await.into_iter();
            registered
                .map(|it| app::Reachable {
                    device: it.device,
                    address: it.peer.to_string(),
                    transport: it.transport.to_owned(),
                    user_agent: it.user_agent.unwrap_or_default(),
                })
                .collect()
        }
    })
}

/// The SIP messages of the calls that run in this process.
fn sip_messages(app: &App) -> app::SipMessages {
    let runtime = app.runtime.clone();
    app::SipMessages::new(move |account, call| {
        let runtime = runtime.clone();
        async move {
            let account = callflow::AccountId::from(account.as_str());
            let trace = runtime.sip_messages(&account, &call).await?;
            Some(feed::kept(&trace))
        }
    })
}

fn document(app: &App) -> impl Fn() -> leptos::prelude::AnyView + Clone + Send + Sync + 'static {
    let options = app.leptos.clone();
    move || leptos::prelude::IntoAny::into_any(app::shell(options.clone()))
}

/// A file of the site, or the page that says there is nothing here.
async fn elsewhere(State(app): State<App>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(file) = assets::find(&app, request.uri().path(), request.headers()) {
        return file;
    }
    let render = leptos_axum::render_app_async_with_context(context(&app), document(&app));
    let mut response = render(request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// `/healthz`: the program runs.
async fn healthy() -> &'static str {
    "ok\n"
}

/// `/readyz`: it can work: the database answers.
async fn ready(State(app): State<App>) -> Response {
    if app.runtime.is_draining() {
        let said = "no new calls are taken: the program stops\n";
        (StatusCode::SERVICE_UNAVAILABLE, said).into_response()
    } else if app.store.ready().await {
        "ready\n".into_response()
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        )
            .into_response()
    }
}
