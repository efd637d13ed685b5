//! Tones as FreeSWITCH writes them after `tone_stream://`: `%(2000,4000,440,480);loops=3`.

use crate::command::Tone;

/// Most tones of one stream.
const MOST: usize = 64;
/// Longest sound or silence of one tone, in milliseconds: ten minutes.
const LONGEST_MS: u32 = 600_000;

/// The tones of a stream; empty when nothing in it is understood. Volume, and what else it may hold, has no effect.
/// Without end (`loops=-1`) is only a single tone; several are repeated up to a bound.
#[must_use]
pub fn read(text: &str) -> Vec<Tone> {
    let mut tones: Vec<Tone> = Vec::new();
    let mut loops = 1_i64;
    let mut each = 1_u32;
    for part in text.split(';').map(str::trim) {
        if let Some(times) = part.strip_prefix("loops=") {
            loops = times.parse().unwrap_or(1);
        } else if let Some(times) = part.strip_prefix("L=") {
            each = times.parse().unwrap_or(1).clamp(1, 1_000);
        } else {
            let inner = part.split("%(").skip(1);
            let read = inner.filter_map(|tone| tone_of(tone, each));
            let room = MOST.saturating_sub(tones.len());
            tones.extend(read.take(room));
        }
    }
    if let [only] = tones.as_mut_slice() {
        only.times = match u32::try_from(loops) {
            Ok(times) => only.times.saturating_mul(times.max(1)).min(1_000),
            Err(_) => 0,
        };
        return tones;
    }
    let most = MOST.checked_div(tones.len()).unwrap_or(0).max(1);
    let times = usize::try_from(loops).unwrap_or(most).clamp(1, most);
    let once = tones.clone();
    for _ in 1..times {
        tones.extend(once.iter().cloned());
    }
    tones
}

/// `2000,4000,440,480)`: milliseconds of sound and of silence, frequencies.
fn tone_of(text: &str, times: u32) -> Option<Tone> {
    let (inner, _) = text.split_once(')')?;
    let mut numbers = inner.split(',').map(|number| number.trim().parse::<u32>());
    let mut ms = || numbers.next()?.ok().filter(|ms| *ms <= LONGEST_MS);
    let (on_ms, off_ms) = (ms()?, ms()?);
    let hertz: Vec<u16> = numbers
        .map(|hertz| u16::try_from(hertz.ok()?).ok())
        .collect::<Option<_>>()?;
    let audible = hertz.iter().all(|hertz| (20..=4_000).contains(hertz));
    (audible && (1..=4).contains(&hertz.len())).then_some(Tone {
        hertz,
        on_ms,
        off_ms,
        times,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: &[u16], on_ms: u32, off_ms: u32, times: u32) -> Tone {
        Tone {
            hertz: hertz.to_vec(),
            on_ms,
            off_ms,
            times,
        }
    }

    #[test]
    fn tones_are_read_as_written() {
        assert_eq!(
            read("%(2000,4000,440,480);loops=3"),
            [tone(&[440, 480], 2_000, 4_000, 3)]
        );
        assert_eq!(read("v=-7;%(640,0,440)"), [tone(&[440], 640, 0, 1)]);
        assert_eq!(
            read("%(500,500,480,620);loops=-1"),
            [tone(&[480, 620], 500, 500, 0)]
        );
        let two = read("L=2;%(100,0,400)%(100,0,500);loops=2");
        assert_eq!(two.len(), 4);
        assert_eq!(two[2], tone(&[400], 100, 0, 2));
    }

    #[test]
    fn what_is_no_tone_is_left_out() {
        for wrong in [
            "",
            "$${us-ring}",
            "%(1,2",
            "%(1,2)",
            "%(1,2,9)",
            "%(9999999,0,440)",
            "%(a,b,c)",
        ] {
            assert_eq!(read(wrong), [], "{wrong}");
        }
        let long = "%(1,1,440)".repeat(500);
        assert_eq!(read(&format!("{long};loops=-1")).len(), MOST);
    }
}
