//! What part of the drawing is seen: pan and zoom.

use super::layout::Rect;

/// Smallest zoom.
pub(crate) const MIN_ZOOM: f64 = 0.25;
/// Largest zoom.
pub(crate) const MAX_ZOOM: f64 = 2.0;
/// One press of plus or minus.
pub(crate) const ZOOM_STEP: f64 = 0.1;
/// The first view does not shrink below this.
const LEAST_FIRST_ZOOM: f64 = 0.7;
/// Space left and right of the drawing in the first view, together.
const FIRST_MARGIN: f64 = 72.0;
/// Space above the drawing in the first view.
const FIRST_TOP: f64 = 64.0;
/// Room around the whole flow, both sides together.
const FIT_MARGIN: f64 = 80.0;

/// The drawing's place on the canvas: where its origin lies in canvas pixels, and its scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Viewport {
    /// Where the origin of the drawing lies.
    pub(crate) x: f64,
    /// Where the upper edge of the drawing lies.
    pub(crate) y: f64,
    /// Scale; 1 is 100 %.
    pub(crate) zoom: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            x: 36.0,
            y: FIRST_TOP,
            zoom: 1.0,
        }
    }
}

/// The size of the canvas in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Canvas {
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
}

/// The extent of a drawing in its own measure; its upper edge is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    /// Left edge.
    pub(crate) left: f64,
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
}

impl Viewport {
    /// The first view: the root in the middle, as large as fits, not smaller than 70 %.
    pub(crate) fn first(canvas: Canvas, root: &Rect, drawing: Extent) -> Self {
        let room = canvas.width - FIRST_MARGIN;
        let drawing_width = drawing.width;
        let zoom = if drawing_width > room && drawing_width > 0.0 {
            (room / drawing_width).max(LEAST_FIRST_ZOOM)
        } else {
            1.0
        };
        let fits = drawing_width * zoom <= room;
        let x = if fits {
            (canvas.width - drawing_width * zoom) / 2.0 - drawing.left * zoom
        } else {
            canvas.width / 2.0 - root.center() * zoom
        };
        Self {
            x: x.round(),
            y: FIRST_TOP,
            zoom,
        }
    }

    /// The whole drawing.
    pub(crate) fn fit(canvas: Canvas, drawing: Extent) -> Self {
        let Extent {
            left,
            width,
            height,
        } = drawing;
        let margin = FIT_MARGIN;
        let zoom = ((canvas.width - margin) / width.max(1.0))
            .min((canvas.height - margin) / height.max(1.0))
            .clamp(MIN_ZOOM, 1.0);
        Self {
            x: ((canvas.width - width * zoom) / 2.0 - left * zoom).round(),
            y: ((canvas.height - height * zoom) / 2.0)
                .clamp(FIRST_TOP.min(canvas.height), f64::MAX)
                .round(),
            zoom,
        }
    }

    /// Another zoom that leaves the point of the drawing under `(x, y)` of the canvas where it is.
    pub(crate) fn zoomed(self, zoom: f64, x: f64, y: f64) -> Self {
        let zoom = zoom.clamp(MIN_ZOOM, MAX_ZOOM);
        let factor = zoom / self.zoom;
        Self {
            x: x - (x - self.x) * factor,
            y: y - (y - self.y) * factor,
            zoom,
        }
    }

    /// Moved by so many canvas pixels.
    pub(crate) fn panned(self, dx: f64, dy: f64) -> Self {
        Self {
            x: self.x + dx,
            y: self.y + dy,
            ..self
        }
    }

    /// A point of the canvas in the drawing's own measure.
    pub(crate) fn to_drawing(self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.x) / self.zoom, (y - self.y) / self.zoom)
    }

    /// Moved just far enough to show `block` with some room around it.
    pub(crate) fn showing(self, canvas: Canvas, block: &Rect) -> Self {
        const ROOM: f64 = 24.0;
        let shift = |start: f64, size: f64, room: f64| {
            if start < ROOM || size + 2.0 * ROOM > room {
                ROOM - start
            } else if start + size + ROOM > room {
                room - ROOM - start - size
            } else {
                0.0
            }
        };
        let left = self.x + block.x * self.zoom;
        let top = self.y + block.y * self.zoom;
        self.panned(
            shift(left, block.width * self.zoom, canvas.width),
            shift(top, block.height * self.zoom, canvas.height),
        )
    }

    /// The part of the drawing that the canvas shows.
    pub(crate) fn seen(self, canvas: Canvas) -> Rect {
        Rect {
            x: -self.x / self.zoom,
            y: -self.y / self.zoom,
            width: canvas.width / self.zoom,
            height: canvas.height / self.zoom,
        }
    }

    /// The CSS custom properties of the stage.
    pub(crate) fn style(self) -> String {
        format!("--ox:{}px;--oy:{}px;--zoom:{}", self.x, self.y, self.zoom)
    }

    /// The zoom as people read it.
    pub(crate) fn percent(self) -> i64 {
        #[allow(clippy::cast_possible_truncation)]
        let percent = (self.zoom * 100.0).round() as i64;
        percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Canvas = Canvas {
        width: 912.0,
        height: 844.0,
    };

    fn wide(width: f64) -> Extent {
        Extent {
            left: 0.0,
            width,
            height: 768.0,
        }
    }

    fn root() -> Rect {
        Rect {
            x: 216.0,
            y: 0.0,
            width: 408.0,
            height: 88.0,
        }
    }

    #[test]
    fn design_example_begins_at_36_40() {
        let view = Viewport::first(CANVAS, &root(), wide(840.0));
        assert_eq!((view.x, view.y, view.zoom), (36.0, 64.0, 1.0));
    }

    #[test]
    fn first_view_of_a_wide_flow_centres_the_root_at_70_percent() {
        let view = Viewport::first(CANVAS, &root(), wide(4_000.0));
        assert_eq!(view.zoom, 0.7);
        assert!((view.x + root().center() * 0.7 - CANVAS.width / 2.0).abs() < 1.0);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let view = Viewport::default();
        let before = view.to_drawing(400.0, 300.0);
        let after = view.zoomed(1.7, 400.0, 300.0).to_drawing(400.0, 300.0);
        assert!((before.0 - after.0).abs() < 1e-9 && (before.1 - after.1).abs() < 1e-9);
    }

    #[test]
    fn zoom_stays_between_25_and_200_percent() {
        assert_eq!(Viewport::default().zoomed(9.0, 0.0, 0.0).percent(), 200);
        assert_eq!(Viewport::default().zoomed(0.01, 0.0, 0.0).percent(), 25);
    }

    #[test]
    fn showing_a_block_moves_no_farther_than_needed() {
        let view = Viewport::default();
        assert_eq!(view.showing(CANVAS, &root()), view);
        let below = Rect {
            y: 2_000.0,
            ..root()
        };
        let moved = view.showing(CANVAS, &below);
        assert_eq!(moved.y + below.bottom(), CANVAS.height - 24.0);
        assert_eq!(moved.x, view.x);
    }
}
