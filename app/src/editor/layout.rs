//! Where the blocks of a callflow stand.
//!
//! A top-down tidy tree: rows are not aligned across branches, so a short branch tucks under a long one.
//! Each subtree carries its left and right outline as linked lists that share their tails, which makes the
//! whole layout linear in the number of blocks (A. van der Ploeg, "Drawing non-layered tidy trees in linear time").
//! All lengths are CSS pixels at 100 % zoom.

/// Width of a step and of a folded branch.
pub const STEP_WIDTH: f64 = 192.0;
/// Height of a step.
pub const STEP_HEIGHT: f64 = 56.0;
/// Width of the main block.
pub const MAIN_WIDTH: f64 = 408.0;
/// Height of the main block.
pub const MAIN_HEIGHT: f64 = 88.0;
/// Height of a folded branch.
pub const FOLD_HEIGHT: f64 = 40.0;
/// Smallest distance between two blocks in one row.
pub const SIBLING_GAP: f64 = 24.0;
/// From a plain block down to the next one.
pub const STEP_GAP: f64 = 32.0;
/// From a branching block down to its branches.
pub const BRANCH_GAP: f64 = 64.0;
/// From a branching block down to the line its branches hang on.
pub const BUS_DROP: f64 = 16.0;
/// How far above that line the room for it begins.
const BUS_CLEARANCE: f64 = 8.0;

/// One block to place. Blocks come in pre-order, so every child stands after its parent.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Whether the lines below carry branch labels and therefore need [`BRANCH_GAP`].
    pub branching: bool,
    /// Children in their order from left to right, as positions in the list of blocks.
    pub children: Vec<usize>,
}

/// The place of one block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// The horizontal centre.
    pub fn center(&self) -> f64 {
        self.x + self.width / 2.0
    }

    /// The vertical centre.
    pub fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }

    /// The lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Whether a point lies inside or on the edge.
    pub fn contains(&self, x: f64, y: f64) -> bool {
        x >= self.x && x <= self.x + self.width && y >= self.y && y <= self.bottom()
    }
}

/// All places, in the order of the blocks, and the size of the whole drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// One place for each block.
    pub places: Vec<Rect>,
    /// Width of the drawing; the leftmost block stands at 0.
    pub width: f64,
    /// Height of the drawing.
    pub height: f64,
}

/// Places the blocks. The first block is the root; an empty list gives an empty layout.
pub fn layout(blocks: &[Block]) -> Layout {
    if blocks.is_empty() {
        return Layout::default();
    }
    let tops = tops(blocks);
    let offsets = offsets(blocks, &tops);
    let mut centers = vec![0.0_f64; blocks.len()];
    for (at, block) in blocks.iter().enumerate() {
        for &child in &block.children {
            centers[child] = centers[at] + offsets[child];
        }
    }
    let mut left = f64::MAX;
    let mut right = f64::MIN;
    let mut height = 0.0_f64;
    for ((block, center), top) in blocks.iter().zip(&centers).zip(&tops) {
        left = left.min(center - block.width / 2.0);
        right = right.max(center + block.width / 2.0);
        height = height.max(top + block.height);
    }
    let places = blocks
        .iter()
        .zip(&centers)
        .zip(&tops)
        .map(|((block, center), top)| Rect {
            x: center - block.width / 2.0 - left,
            y: *top,
            width: block.width,
            height: block.height,
        })
        .collect();
    Layout {
        places,
        width: right - left,
        height,
    }
}

/// Upper edge of each block.
fn tops(blocks: &[Block]) -> Vec<f64> {
    let mut tops = vec![0.0; blocks.len()];
    for (at, block) in blocks.iter().enumerate() {
        for &child in &block.children {
            tops[child] = tops[at] + block.height + gap(block);
        }
    }
    tops
}

fn gap(block: &Block) -> f64 {
    if block.branching {
        BRANCH_GAP
    } else {
        STEP_GAP
    }
}

/// A stretch of an outline. `step` is its x seen from the stretch above it.
struct Stretch {
    top: f64,
    bottom: f64,
    step: f64,
    next: Option<usize>,
}

/// One side of a subtree from top to bottom; x is seen from the centre of the subtree's root.
#[derive(Clone, Copy)]
struct Outline {
    head: usize,
    head_x: f64,
    tail: usize,
    tail_x: f64,
}

#[derive(Clone, Copy)]
struct Subtree {
    left: Outline,
    right: Outline,
}

#[derive(Default)]
struct Outlines(Vec<Stretch>);

/// A walk down an outline.
struct Walk {
    at: Option<usize>,
    x: f64,
}

impl Outlines {
    fn single(&mut self, top: f64, bottom: f64, x: f64) -> Outline {
        let head = self.push(top, bottom, None);
        Outline {
            head,
            head_x: x,
            tail: head,
            tail_x: x,
        }
    }

    fn push(&mut self, top: f64, bottom: f64, next: Option<usize>) -> usize {
        self.0.push(Stretch {
            top,
            bottom,
            step: 0.0,
            next,
        });
        self.0.len() - 1
    }

    fn prepend(&mut self, below: Outline, top: f64, bottom: f64, x: f64) -> Outline {
        let head = self.push(top, bottom, Some(below.head));
        self.0[below.head].step = below.head_x - x;
        Outline {
            head,
            head_x: x,
            ..below
        }
    }

    fn advance(&self, walk: &mut Walk) {
        if let Some(at) = walk.at {
            walk.at = self.0[at].next;
            if let Some(next) = walk.at {
                walk.x += self.0[next].step;
            }
        }
    }

    /// Continues `upper` with what is left of `lower` below the end of `upper`.
    fn append(&mut self, upper: &mut Outline, rest: &Walk, lower: Outline, shift: f64) {
        let Some(at) = rest.at else { return };
        let end = self.0[upper.tail].bottom;
        let Stretch {
            top, bottom, next, ..
        } = self.0[at];
        let cut = self.push(top.max(end), bottom, next);
        self.0[cut].step = rest.x + shift - upper.tail_x;
        self.0[upper.tail].next = Some(cut);
        if next.is_some() {
            upper.tail = lower.tail;
            upper.tail_x = lower.tail_x + shift;
        } else {
            upper.tail = cut;
            upper.tail_x = rest.x + shift;
        }
    }

    /// Puts `next` to the right of `row`, as near as their outlines allow. Answers how far it was moved.
    fn join(&mut self, row: &mut Subtree, next: Subtree) -> f64 {
        let mut a = Walk {
            at: Some(row.right.head),
            x: row.right.head_x,
        };
        let mut b = Walk {
            at: Some(next.left.head),
            x: next.left.head_x,
        };
        let mut shift = f64::MIN;
        while let (Some(i), Some(j)) = (a.at, b.at) {
            let (upper, lower) = (&self.0[i], &self.0[j]);
            if upper.top < lower.bottom && lower.top < upper.bottom {
                shift = shift.max(a.x + SIBLING_GAP - b.x);
            }
            let (end_a, end_b) = (upper.bottom, lower.bottom);
            if end_a <= end_b {
                self.advance(&mut a);
            }
            if end_b <= end_a {
                self.advance(&mut b);
            }
        }
        self.append(&mut row.left, &b, next.left, shift);
        let mut right = Outline {
            head_x: next.right.head_x + shift,
            tail_x: next.right.tail_x + shift,
            ..next.right
        };
        self.append(&mut right, &a, row.right, 0.0);
        row.right = right;
        shift
    }
}

/// How far the centre of each block stands from its parent's centre.
fn offsets(blocks: &[Block], tops: &[f64]) -> Vec<f64> {
    let mut offsets = vec![0.0; blocks.len()];
    let mut outlines = Outlines::default();
    let mut done: Vec<Option<Subtree>> = vec![None; blocks.len()];
    for (at, block) in blocks.iter().enumerate().rev() {
        let (top, bottom) = (tops[at], tops[at] + block.height);
        let half = block.width / 2.0;
        let mut row: Option<Subtree> = None;
        for &child in &block.children {
            let Some(next) = done[child].take() else {
                continue;
            };
            match &mut row {
                None => row = Some(next),
                Some(row) => offsets[child] = outlines.join(row, next),
            }
        }
        let Some(mut row) = row else {
            done[at] = Some(Subtree {
                left: outlines.single(top, bottom, -half),
                right: outlines.single(top, bottom, half),
            });
            continue;
        };
        // Joined outlines are seen from the first child; the parent stands over the middle of first and last.
        let last = block.children.last().map_or(0.0, |&last| offsets[last]);
        let middle = last / 2.0;
        for &child in &block.children {
            offsets[child] -= middle;
        }
        for side in [&mut row.left, &mut row.right] {
            side.head_x -= middle;
            side.tail_x -= middle;
        }
        if block.branching {
            let (from, to) = (bottom + BUS_DROP - BUS_CLEARANCE, bottom + BRANCH_GAP);
            row.left = outlines.prepend(row.left, from, to, -middle);
            row.right = outlines.prepend(row.right, from, to, middle);
        }
        done[at] = Some(Subtree {
            left: outlines.prepend(row.left, top, bottom, -half),
            right: outlines.prepend(row.right, top, bottom, half),
        });
    }
    offsets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(branching: bool, children: &[usize]) -> Block {
        Block {
            width: STEP_WIDTH,
            height: STEP_HEIGHT,
            branching,
            children: children.to_vec(),
        }
    }

    /// Main line 2000 of the design: recording, time of day with three branches, a menu with four.
    fn main_line() -> Vec<Block> {
        vec![
            Block {
                width: MAIN_WIDTH,
                height: MAIN_HEIGHT,
                branching: false,
                children: vec![1],
            },
            step(false, &[2]),
            step(true, &[3, 5, 16]),
            step(false, &[4]),
            step(false, &[]),
            step(false, &[6]),
            step(true, &[7, 10, 12, 15]),
            step(false, &[8]),
            step(false, &[9]),
            step(false, &[]),
            step(false, &[11]),
            step(false, &[]),
            step(false, &[13]),
            step(false, &[14]),
            step(false, &[]),
            step(false, &[]),
            Block {
                width: STEP_WIDTH,
                height: FOLD_HEIGHT,
                branching: false,
                children: Vec::new(),
            },
        ]
    }

    /// A repeatable stream of numbers, good enough to draw trees of many shapes.
    fn noise(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(0x1234_5678_9abc_def1);
        move |bound| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % bound
        }
    }

    fn tree(seed: u64, size: usize) -> Vec<Block> {
        let mut next = noise(seed);
        // Grow by parent, then renumber in pre-order.
        let mut children = vec![Vec::new(); size];
        for at in 1..size {
            let back = next(6) as usize + 1;
            children[at.saturating_sub(back)].push(at);
        }
        let mut order = Vec::new();
        let mut stack = vec![0];
        while let Some(at) = stack.pop() {
            order.push(at);
            stack.extend(children[at].iter().rev());
        }
        let mut position = vec![0; size];
        for (new, &old) in order.iter().enumerate() {
            position[old] = new;
        }
        order
            .iter()
            .map(|&old| {
                let fold = children[old].is_empty() && next(4) == 0;
                Block {
                    width: if old == 0 { MAIN_WIDTH } else { STEP_WIDTH },
                    height: if fold { FOLD_HEIGHT } else { STEP_HEIGHT },
                    branching: children[old].len() > 1
                        || (!children[old].is_empty() && next(3) == 0),
                    children: children[old].iter().map(|&c| position[c]).collect(),
                }
            })
            .collect()
    }

    #[test]
    fn design_example_measures_840_by_768() {
        let layout = layout(&main_line());
        assert_eq!((layout.width, layout.height), (840.0, 768.0));
        assert_eq!(layout.places[0].x, 216.0);
        assert_eq!(
            layout.places[7],
            Rect {
                x: 0.0,
                y: 536.0,
                width: 192.0,
                height: 56.0
            }
        );
        assert_eq!(layout.places[3].center(), 204.0);
        assert_eq!(layout.places[16].center(), 636.0);
    }

    #[test]
    fn blocks_in_the_same_rows_keep_their_distance() {
        for seed in 0..300 {
            let blocks = tree(seed, 3 + seed as usize % 60);
            let places = layout(&blocks).places;
            for (i, a) in places.iter().enumerate() {
                for b in &places[i + 1..] {
                    let rows_meet = a.y < b.bottom() && b.y < a.bottom();
                    let apart = a.x + a.width + SIBLING_GAP <= b.x + 1e-6
                        || b.x + b.width + SIBLING_GAP <= a.x + 1e-6;
                    assert!(!rows_meet || apart, "seed {seed}: {a:?} and {b:?}");
                }
            }
        }
    }

    #[test]
    fn siblings_keep_their_order() {
        for seed in 0..200 {
            let blocks = tree(seed, 40);
            let places = layout(&blocks).places;
            for block in &blocks {
                for pair in block.children.windows(2) {
                    assert!(places[pair[0]].center() < places[pair[1]].center());
                }
            }
        }
    }

    #[test]
    fn parent_stands_over_the_middle_of_its_children() {
        for seed in 0..200 {
            let blocks = tree(seed, 40);
            let places = layout(&blocks).places;
            for (at, block) in blocks.iter().enumerate() {
                if let (Some(&first), Some(&last)) = (block.children.first(), block.children.last())
                {
                    let middle = (places[first].center() + places[last].center()) / 2.0;
                    assert!((places[at].center() - middle).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn drawing_begins_at_zero_and_contains_every_block() {
        for seed in 0..100 {
            let layout = layout(&tree(seed, 50));
            let left = layout.places.iter().map(|p| p.x).fold(f64::MAX, f64::min);
            assert!(left.abs() < 1e-6);
            for place in &layout.places {
                assert!(place.x + place.width <= layout.width + 1e-6);
                assert!(place.bottom() <= layout.height + 1e-6);
            }
        }
    }

    #[test]
    fn short_branch_tucks_over_a_long_one() {
        // A leaf beside a wide subtree that begins one row lower: the leaf needs no more room than itself.
        let blocks = vec![
            step(true, &[1, 2]),
            step(false, &[]),
            step(false, &[3]),
            step(true, &[4, 5, 6, 7]),
            step(false, &[]),
            step(false, &[]),
            step(false, &[]),
            step(false, &[]),
        ];
        let layout = layout(&blocks);
        assert_eq!(layout.width, 4.0 * STEP_WIDTH + 3.0 * SIBLING_GAP);
    }

    #[test]
    fn layout_of_nothing_is_empty() {
        assert_eq!(layout(&[]), Layout::default());
    }
}
