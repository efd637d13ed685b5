//! How well a listener heard: the E-model of ITU-T G.107, with what is known of a leg at its end.

use super::stats::LegStats;

/// Fewer packets than one second of speech say nothing.
const FEWEST: u64 = 50;
/// Rating without any impairment but those of every connection (G.107, default values).
const BASE: f64 = 93.2;
/// How well G.711 with concealment bears loss (G.113 Appendix I): packet-loss robustness.
const ROBUSTNESS: f64 = 25.1;
/// Milliseconds that a packet of 20 ms takes before it is sent.
const PACKET_MS: f64 = 20.0;

/// The mean opinion score that is to be expected, 1 to 4.5; `None` when too little was received. Half the time to the
/// peer and back counts as the way through the network, none while it is not known.
pub(crate) fn mos(stats: &LegStats) -> Option<f64> {
    if stats.packets_received < FEWEST {
        return None;
    }
    let expected = stats.packets_received.saturating_add(stats.packets_lost);
    let lost = ratio(stats.packets_lost, expected) * 100.0;
    let loss = 95.0 * lost / (lost + ROBUSTNESS);
    // Whoever plays holds packets back for about twice the jitter.
    let held_back = 2.0 * f64::from(stats.jitter_us) / 1_000.0;
    let way = f64::from(stats.round_trip_us.unwrap_or(0)) / 2_000.0;
    let delay = PACKET_MS + held_back + way;
    let late = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
    let rating = (BASE - late - loss).clamp(0.0, 100.0);
    let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    Some((score.clamp(1.0, 4.5) * 100.0).round() / 100.0)
}

fn ratio(part: u64, whole: u64) -> f64 {
    // Counters of a call are far below 2^52.
    #[expect(clippy::cast_precision_loss)]
    let (part, whole) = (part as f64, whole.max(1) as f64);
    part / whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(received: u64, lost: u64, jitter_ms: u32) -> Option<f64> {
        mos(&LegStats {
            packets_received: received,
            packets_lost: lost,
            jitter_us: jitter_ms * 1_000,
            ..LegStats::default()
        })
    }

    #[test]
    fn undisturbed_speech_is_as_good_as_g711_gets() {
        assert_eq!(heard(5_000, 0, 0), Some(4.4));
        assert_eq!(heard(49, 0, 0), None);
    }

    #[test]
    fn a_long_way_is_heard() {
        let scores = [None, Some(100_000), Some(400_000), Some(1_000_000)].map(|round_trip_us| {
            mos(&LegStats {
                packets_received: 5_000,
                round_trip_us,
                ..LegStats::default()
            })
        });
        assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
        // Half a second each way makes people talk at once.
        assert!(scores[1] > Some(4.3) && scores[3] < Some(3.0), "{scores:?}");
    }

    #[test]
    fn loss_and_jitter_are_heard() {
        let scores = [0, 50, 250, 500, 1_500].map(|lost| heard(5_000 - lost, lost, 5));
        assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
        // 1 % costs little, 10 % is hard to follow.
        assert!(scores[1] > Some(4.2) && scores[3] < Some(3.5), "{scores:?}");
        assert!(heard(5_000, 0, 200) < heard(5_000, 0, 20));
        assert!(heard(50, u64::MAX, 0) < Some(1.5));
    }
}
