//! The lines between blocks.

use super::layout::{BUS_DROP, Rect};
use std::fmt::Write;

/// Radius of the ring where a line leaves a block.
pub(crate) const JACK: f64 = 4.0;
/// Half the width of an arrow head.
const ARROW: f64 = 5.0;
/// Radius of the corners.
const CORNER: f64 = 8.0;
/// How far a link to another step swings out.
const LINK_REACH: f64 = 48.0;
/// Below a branching block's lower edge: the centre of the labels of its branches.
pub(crate) const LABEL_DROP: f64 = 40.0;

/// The line from a block down to one of its children, as SVG path data with its arrow head.
pub(crate) fn edge(parent: &Rect, child: &Rect) -> String {
    let mut path = line(parent, child);
    let (x, tip) = (child.center(), child.y - 1.0);
    let wing = tip - ARROW - 1.0;
    // Writing to a String does not fail.
    let _ = write!(path, "M{} {wing}L{x} {tip}L{} {wing}", x - ARROW, x + ARROW);
    path
}

/// The same line without its arrow head.
pub(crate) fn line(parent: &Rect, child: &Rect) -> String {
    let (x0, y0) = (parent.center(), parent.bottom());
    let (x1, y1) = (child.center(), child.y - 1.0);
    let start = y0 + JACK;
    let width = (x1 - x0).abs();
    if width < 1.0 {
        return format!("M{x0} {start}V{y1}");
    }
    let bus = y0 + BUS_DROP;
    let side = (x1 - x0).signum();
    let r = CORNER.min(width / 2.0);
    format!(
        "M{x0} {start}V{}Q{x0} {bus} {} {bus}H{}Q{x1} {bus} {x1} {}V{y1}",
        bus - r,
        x0 + side * r,
        x1 - side * r,
        bus + r
    )
}

/// From a step to another one that the call goes on at, as SVG path data with its arrow head: out at the side and in at
/// the side, round the blocks between.
pub(crate) fn link(from: &Rect, to: &Rect) -> String {
    let (y0, y1) = (from.middle(), to.middle());
    let right = to.center() > from.center();
    let beside = (to.center() - from.center()).abs() < from.width;
    let side = if right || beside { 1.0 } else { -1.0 };
    let x0 = from.center() + side * from.width / 2.0;
    // A step above or below is gone round; one further off is met at the side that faces here.
    let inward = if beside { side } else { -side };
    let tip = to.center() + inward * (to.width / 2.0 + 1.0);
    let reach = if beside {
        LINK_REACH
    } else {
        ((tip - x0) / 2.0).abs().max(LINK_REACH)
    };
    let wing = tip + inward * (ARROW + 1.0);
    format!(
        "M{x0} {y0}C{} {y0} {} {y1} {tip} {y1}M{wing} {}L{tip} {y1}L{wing} {}",
        x0 + side * reach,
        tip + inward * reach,
        y1 - ARROW,
        y1 + ARROW
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(x: f64, y: f64) -> Rect {
        Rect {
            x,
            y,
            width: 192.0,
            height: 56.0,
        }
    }

    #[test]
    fn straight_line_has_no_corner() {
        assert_eq!(line(&block(0.0, 0.0), &block(0.0, 88.0)), "M96 60V87");
    }

    #[test]
    fn line_to_the_left_turns_on_the_bus() {
        // Time of Day to its first branch in the design's main line.
        assert_eq!(
            line(&block(324.0, 208.0), &block(108.0, 328.0)),
            "M420 268V272Q420 280 412 280H212Q204 280 204 288V327"
        );
    }

    #[test]
    fn link_to_a_step_above_goes_round_it() {
        assert_eq!(
            link(&block(0.0, 176.0), &block(0.0, 0.0)),
            "M192 204C240 204 241 28 193 28M199 23L193 28L199 33"
        );
    }

    #[test]
    fn link_to_a_step_far_to_the_left_meets_its_right_side() {
        assert_eq!(
            link(&block(500.0, 0.0), &block(0.0, 88.0)),
            "M500 28C346.5 28 346.5 116 193 116M199 111L193 116L199 121"
        );
    }

    #[test]
    fn arrow_ends_one_pixel_above_the_child() {
        assert!(edge(&block(0.0, 0.0), &block(0.0, 88.0)).ends_with("M91 81L96 87L101 81"));
    }
}
