//! `…/media/{id}/audio`: the sound of a media resource.

use crate::api::body::answer;
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::api::resources::write;
use crate::api::schema;
use crate::auth::Signed;
use crate::state::App;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use callflow::ResourceKind;
use runtime::media::import_sound;
use serde_json::json;
use store::media_file;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

/// Largest file taken, in bytes; KAZOO's limit.
const LARGEST: usize = 11_534_336;

pub(super) fn operations() -> Vec<Operation> {
    const PATH: &str = "/accounts/{account}/media/{id}/audio";
    vec![
        Operation::put(
            PATH,
            "Resources",
            "Upload the sound of a media resource",
            put(upload).layer(DefaultBodyLimit::max(LARGEST)),
        )
        .detail(
            "The body is a WAV, MP3, OGG (Vorbis) or FLAC file of at most 11,534,336 bytes and about ten minutes. It is \
             kept as WAV: one channel, 16 bits, 16 kHz or less.",
        )
        .takes("audio/*")
        .answers(200, schema::resource_name(ResourceKind::Media))
        .refuses(&[413, 422]),
        Operation::get(PATH, "Resources", "Listen to a media resource", get(listen))
            .media("audio/wav"),
    ]
}

async fn upload(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let media = app
        .store
        .resource(&access, ResourceKind::Media, &id)
        .await?;
    let bytes = converted(bytes).await?;
    let directory = app.config.data.join("media").join(access.account_id());
    let name = format!("{id}-{:016x}.wav", rand::random::<u64>());
    let kept = async {
        tokio::fs::create_dir_all(&directory).await?;
        // A whole file or none, also when the program dies.
        let part = directory.join(format!("{name}.part"));
        let mut file = tokio::fs::File::create(&part).await?;
        file.write_all(&bytes).await?;
        file.sync_all().await?;
        tokio::fs::rename(&part, directory.join(&name)).await
    };
    kept.await.map_err(|error| {
        tracing::error!(%error, directory = %directory.display(), "an uploaded sound could not be kept");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The file could not be kept. Look into the server's log.")
    })?;
    let mut document = media.document.clone();
    for (key, value) in [
        ("media_source", json!("upload")),
        ("file", json!(name)),
        ("content_type", json!("audio/wav")),
        ("content_length", json!(bytes.len())),
    ] {
        document.insert(key.into(), value);
    }
    let stored = app
        .store
        .replace_resource(
            &access,
            ResourceKind::Media,
            &id,
            Some(media.revision),
            document,
        )
        .await;
    // Whichever file no document names any more is removed.
    let unused = match &stored {
        Ok(_) => media_file(&media.document),
        Err(_) => Some(name.as_str()),
    };
    if let Some(unused) = unused {
        let _ = tokio::fs::remove_file(directory.join(unused)).await;
    }
    Ok(answer(StatusCode::OK, write(stored?)))
}

/// Conversions at once: each takes a processor, and memory for the whole sound.
static CONVERSIONS: Semaphore = Semaphore::const_new(2);

/// The sound as calls can play it.
async fn converted(bytes: Bytes) -> Result<Vec<u8>, Problem> {
    let refused = |reason: String| {
        let said = format!("The sound was not taken: {reason}.");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "sound_unreadable", said)
    };
    let _turn = CONVERSIONS.acquire().await;
    let imported = tokio::task::spawn_blocking(move || import_sound(bytes.into()));
    match imported.await {
        Ok(Ok(sound)) => Ok(sound.wav),
        Ok(Err(error)) => Err(refused(error.to_string())),
        Err(error) => {
            tracing::error!(%error, "a sound made its reader fail; please report this");
            Err(refused("it could not be read".to_owned()))
        }
    }
}

async fn listen(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let access = app.store.access(&caller, &account).await?;
    let media = app
        .store
        .resource(&access, ResourceKind::Media, &id)
        .await?;
    let missing = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "audio_missing",
            "This media resource has no sound file. Upload one, or let its text be spoken.",
        )
    };
    let name = media_file(&media.document).ok_or_else(missing)?;
    let path = app
        .config
        .data
        .join("media")
        .join(access.account_id())
        .join(name);
    let bytes = tokio::fs::read(path).await.map_err(|_| missing())?;
    Ok((
        [
            (header::CONTENT_TYPE, "audio/wav"),
            (header::CACHE_CONTROL, "private, no-store"),
        ],
        bytes,
    )
        .into_response())
}
