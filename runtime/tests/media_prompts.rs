//! Prompts, spoken text and files, from their source to prepared audio.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use runtime::prompts::{Language, Piece, PromptConfig, PromptError, Prompts, prompt_text};
use runtime::tts::SpeechEngine;

fn prompts(directory: &Path, engine: SpeechEngine) -> Prompts {
    Prompts::new(PromptConfig::new(directory.join("cache/tts"), engine))
}

fn cached(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory.join("cache/tts")).expect("a cache directory");
    entries.map(|entry| entry.expect("entry").path()).collect()
}

#[tokio::test]
async fn prompt_is_spoken_once_and_then_comes_from_the_cache() {
    let directory = tempfile::tempdir().expect("directory");
    let first = prompts(directory.path(), SpeechEngine::default());
    let audio = first
        .prompt("vm-goodbye", &Language::of(["en-GB"]))
        .await
        .expect("spoken");
    let length = audio.duration();
    assert!((300..2000).contains(&length.as_millis()), "{length:?}");
    let again = first
        .prompt("vm-goodbye", &Language::of(["en-GB"]))
        .await
        .expect("kept");
    assert!(Arc::ptr_eq(&audio, &again));

    // Another run of the program finds the file and needs no engine.
    let broken = SpeechEngine::EspeakNg {
        program: "/nonexistent/espeak-ng".into(),
    };
    let second = prompts(directory.path(), broken);
    let found = second
        .prompt("vm-goodbye", &Language::of(["en-GB"]))
        .await
        .expect("cached");
    assert_eq!(found.duration(), length);
    let error = second.prompt("vm-saved", &Language::of(["en-GB"])).await;
    assert!(matches!(error, Err(PromptError::Speech(_))), "{error:?}");
    assert_eq!(
        cached(directory.path()).len(),
        1,
        "nothing unfinished is left"
    );
}

#[tokio::test]
async fn same_text_in_another_voice_or_language_is_another_speech() {
    let directory = tempfile::tempdir().expect("directory");
    let prompts = prompts(directory.path(), SpeechEngine::default());
    for (voice, language) in [("", "en-GB"), ("female", "en-GB"), ("", "fr-FR")] {
        let audio = prompts.speak("Bonjour", voice, language).await;
        audio.expect("spoken");
    }
    // A language nobody knows is spoken in English rather than not at all.
    prompts.speak("Hello", "", "xx-YY").await.expect("spoken");
    assert_eq!(cached(directory.path()).len(), 4);
}

#[tokio::test]
async fn woman_speaks_unlike_a_man_in_every_language() {
    for language in [
        "en-GB", "en-US", "fr-FR", "fr-CH", "de-DE", "es-ES", "es-MX",
    ] {
        let directory = tempfile::tempdir().expect("directory");
        let prompts = prompts(directory.path(), SpeechEngine::default());
        for voice in ["male", "female"] {
            let spoken = prompts.speak("Hotel", voice, language).await;
            spoken.expect(language);
        }
        let files = cached(directory.path());
        let contents: Vec<_> = files.iter().map(std::fs::read).collect();
        let [Ok(one), Ok(other)] = &contents[..] else {
            panic!("{language}: {files:?}");
        };
        assert_ne!(one, other, "{language}");
    }
}

#[tokio::test]
async fn damaged_cache_file_is_spoken_anew() {
    let directory = tempfile::tempdir().expect("directory");
    let spoken = prompts(directory.path(), SpeechEngine::default());
    spoken.speak("Hello", "", "en").await.expect("spoken");
    let files = cached(directory.path());
    std::fs::write(&files[0], b"not a WAV file").expect("damaged");
    let anew = prompts(directory.path(), SpeechEngine::default());
    anew.speak("Hello", "", "en").await.expect("spoken again");
}

#[tokio::test]
async fn digits_are_spoken_one_by_one() {
    let directory = tempfile::tempdir().expect("directory");
    let prompts = prompts(directory.path(), SpeechEngine::default());
    let spoken = prompts
        .digits("2002-#", &Language::of(["de"]))
        .await
        .expect("spoken");
    assert_eq!(spoken.len(), 5);
    assert!(Arc::ptr_eq(&spoken[0], &spoken[3]));
    assert!(!Arc::ptr_eq(&spoken[0], &spoken[1]));
}

#[tokio::test]
async fn prompts_numbers_and_letters_are_spoken_in_each_language() {
    let directory = tempfile::tempdir().expect("directory");
    let prompts = prompts(directory.path(), SpeechEngine::default());
    let mut heard = 0;
    for tag in ["en-GB", "en-US", "fr-FR", "fr-BE", "de", "es", "es-MX"] {
        let language = Language::of([tag]);
        let samples = ["vm-record_message", "conf-alone", "menu-invalid_entry"];
        for id in samples {
            let audio = prompts.prompt(id, &language).await.expect(tag);
            assert!(audio.duration() > Duration::from_millis(500), "{tag} {id}");
        }
        for audio in prompts.digits("7Z#", &language).await.expect(tag) {
            assert!(audio.duration() > Duration::from_millis(100), "{tag}");
        }
        // None of it is what another language has in the cache.
        let now = cached(directory.path()).len();
        assert_eq!(now - heard, samples.len() + 3, "{tag}");
        heard = now;
    }
}

#[tokio::test]
async fn german_prompt_sounds_like_its_german_text_in_the_german_voice() {
    let directory = tempfile::tempdir().expect("directory");
    let prompts = prompts(directory.path(), SpeechEngine::default());
    // Welsh has no texts: the account's language has.
    let language = Language::of(["cy-GB", "de-AT"]);
    let prompt = prompts.prompt("vm-goodbye", &language).await.expect("said");
    let german = prompts.speak("Auf Wiederhören.", "", "de-AT").await;
    assert!(Arc::ptr_eq(&prompt, &german.expect("said")));
    let text = prompt_text("vm-goodbye", "en").expect("a text");
    let english = prompts.speak(&text, "", "en-GB").await.expect("said");
    assert_ne!(prompt.duration(), english.duration());
}

#[tokio::test]
async fn counted_messages_are_one_sentence() {
    let directory = tempfile::tempdir().expect("directory");
    let prompts = prompts(directory.path(), SpeechEngine::default());
    let language = Language::of(["fr-CH"]);
    let pieces = [
        Piece::Prompt("vm-you_have"),
        Piece::Number(90),
        Piece::Prompt("vm-new_messages"),
    ];
    let (sentences, unknown) = language.sentences(&pieces);
    assert!(unknown.is_empty());
    assert_eq!(sentences, ["Vous avez 90 nouveaux messages."]);
    let swiss = prompts.speak(&sentences[0], "", language.tag()).await;
    let french = prompts.speak(&sentences[0], "", "fr-FR").await;
    // "Nonante" is shorter than "quatre-vingt-dix".
    let (swiss, french) = (swiss.expect("said"), french.expect("said"));
    assert!(swiss.duration() < french.duration());
}

#[tokio::test]
async fn unknown_prompt_is_named_in_the_error() {
    let directory = tempfile::tempdir().expect("directory");
    let prompts = prompts(directory.path(), SpeechEngine::default());
    let error = prompts.prompt("vm-nonsense", &Language::of(["en"])).await;
    assert!(error.is_err_and(|error| error.to_string().contains("vm-nonsense")));
}

#[tokio::test]
async fn replaced_file_is_read_again_and_a_bad_one_is_refused() {
    let directory = tempfile::tempdir().expect("directory");
    let prompts = prompts(directory.path(), SpeechEngine::default());
    let path = directory.path().join("greeting.wav");
    for seconds in [1, 2] {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = hound::WavWriter::create(&path, spec).expect("created");
        for n in 0..16_000 * seconds {
            file.write_sample((n % 100) as i16 * 100).expect("written");
        }
        file.finalize().expect("complete");
        let audio = prompts.file(&path).await.expect("readable");
        let off = audio.duration().abs_diff(Duration::from_secs(seconds));
        assert!(off < Duration::from_millis(5));
    }
    std::fs::write(&path, b"ID3 something else").expect("written");
    let error = prompts.file(&path).await;
    assert!(error.is_err_and(|error| error.to_string().contains("greeting.wav")));
    let missing = prompts.file(&directory.path().join("no.wav")).await;
    assert!(matches!(missing, Err(PromptError::Read { .. })));
}
