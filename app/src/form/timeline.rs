//! When each member rings, as bars on one line of time.

use callflow::resource::Member;

/// From when to when a member rings, in seconds since the ringing began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// The bars of members with these delays and times to ring, and where the line ends. In order, each begins where the one
/// before ended. What lies behind the end of the try does not ring.
pub(super) fn bars(
    times: &[(Option<u32>, Option<u32>)],
    in_order: bool,
    limit: Option<u32>,
) -> (Vec<Bar>, u32) {
    let mut begin = 0;
    let mut bars = Vec::with_capacity(times.len());
    for (delay, timeout) in times {
        let from = delay.unwrap_or(0).saturating_add(begin);
        let to = from.saturating_add(timeout.unwrap_or(Member::DEFAULT_TIMEOUT));
        if in_order {
            begin = to;
        }
        bars.push(Bar { from, to });
    }
    let limit = limit.filter(|limit| *limit > 0);
    let end = bars.iter().map(|bar| bar.to).max().unwrap_or(0);
    let end = limit.map_or(end, |limit| limit.min(end));
    if let Some(limit) = limit {
        for bar in &mut bars {
            bar.from = bar.from.min(limit);
            bar.to = bar.to.min(limit);
        }
    }
    (bars, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(
        times: &[(Option<u32>, Option<u32>)],
        in_order: bool,
        limit: Option<u32>,
    ) -> (Vec<(u32, u32)>, u32) {
        let (bars, end) = bars(times, in_order, limit);
        (bars.iter().map(|bar| (bar.from, bar.to)).collect(), end)
    }

    #[test]
    fn members_ring_together_or_one_after_another_and_no_longer_than_the_try() {
        let times = [(None, None), (Some(5), Some(10)), (Some(30), Some(20))];
        assert_eq!(
            seen(&times, false, None),
            (vec![(0, 20), (5, 15), (30, 50)], 50)
        );
        assert_eq!(
            seen(&times, true, None),
            (vec![(0, 20), (25, 35), (65, 85)], 85)
        );
        assert_eq!(
            seen(&times, false, Some(25)),
            (vec![(0, 20), (5, 15), (25, 25)], 25)
        );
        assert_eq!(seen(&times, false, Some(0)).1, 50);
        assert_eq!(seen(&[], true, Some(9)), (vec![], 0));
        let long = [(Some(u32::MAX), Some(u32::MAX)), (Some(1), None)];
        assert_eq!(seen(&long, true, None).1, u32::MAX);
    }
}
