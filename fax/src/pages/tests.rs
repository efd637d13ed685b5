use super::*;
use std::fmt::Write as _;

/// A PDF file with a page of each size, in points, that draws this.
fn document(sizes: &[(u32, u32)], drawn: &str) -> Vec<u8> {
    with_trailer(sizes, drawn, "")
}

fn with_trailer(sizes: &[(u32, u32)], drawn: &str, trailer: &str) -> Vec<u8> {
    let mut objects = vec!["<</Type/Catalog/Pages 2 0 R>>".to_owned(), String::new()];
    objects.push(format!(
        "<</Length {}>>stream\n{drawn}\nendstream",
        drawn.len()
    ));
    objects.push("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned());
    let mut kids = String::new();
    for (width, height) in sizes {
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents 3 0 R/Resources<</Font<</F 4 0 R>>>>>>"
        ));
        let _ = write!(kids, "{} 0 R ", objects.len());
    }
    objects[1] = format!("<</Type/Pages/Count {}/Kids[{kids}]>>", sizes.len());
    let mut file = "%PDF-1.4\n".to_owned();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        let _ = write!(file, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let xref = file.len();
    let _ = write!(file, "xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1);
    for offset in &offsets {
        let _ = writeln!(file, "{offset:010} 00000 n ");
    }
    let size = offsets.len() + 1;
    let _ = write!(
        file,
        "trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{xref}\n%%EOF\n"
    );
    file.into_bytes()
}

/// The first page as it comes to lie on paper.
fn first(pdf: Vec<u8>) -> Bitmap {
    let pdf = Pdf::new(pdf).unwrap();
    let page = pdf.pages().first().unwrap();
    draw(page, &Placed::on_paper(page).unwrap(), &RenderCache::new())
}

/// Columns and rows of the black dots: first and last.
fn extent(page: &Bitmap) -> ((usize, usize), (usize, usize)) {
    let (mut columns, mut rows) = ((WIDTH, 0), (usize::MAX, 0));
    for (y, row) in page.rows().enumerate() {
        for x in (0..WIDTH).filter(|x| row[x / 8] & (0x80 >> (x % 8)) != 0) {
            columns = (columns.0.min(x), columns.1.max(x));
            rows = (rows.0.min(y), rows.1.max(y));
        }
    }
    (columns, rows)
}

#[test]
fn square_of_an_inch_is_an_inch_on_paper() {
    // An inch from the left and an inch from the top of A4.
    let page = first(document(&[(595, 842)], "72 698 72 72 re f"));
    assert_eq!(page.rows().len(), 2292);
    let ((left, right), (top, bottom)) = extent(&page);
    // A4 is 1686 dots wide and lies in the middle of the paper.
    assert_eq!((left, right - left + 1), (21 + 204, 204));
    assert_eq!((top, bottom - top + 1), (196, 196));
}

#[test]
fn page_that_is_broader_than_paper_is_turned_and_fills_it() {
    // The left half of A3, lying, is black; it is the upper half of the paper.
    let page = first(document(&[(1191, 842)], "0 0 595.5 842 re f"));
    let ((left, right), (top, bottom)) = extent(&page);
    assert_eq!((left, right), (0, WIDTH - 1));
    assert_eq!(top, 0);
    assert!(
        (page.rows().len() / 2).abs_diff(bottom + 1) <= 1,
        "{bottom} of {}",
        page.rows().len()
    );
}

#[test]
fn letters_are_drawn_without_a_font_in_the_file() {
    let page = first(document(
        &[(595, 842)],
        "BT /F 24 Tf 72 700 Td (Fernhill) Tj ET",
    ));
    let ((left, right), (top, bottom)) = extent(&page);
    assert!(
        (200..300).contains(&left) && (440..560).contains(&right),
        "{left}–{right}"
    );
    assert!((bottom - top).abs_diff(50) < 12, "{top}–{bottom}");
}

#[test]
fn pages_are_a_fax_that_can_be_read_again() {
    let made = pages(document(
        &[(595, 842), (612, 792), (300, 100)],
        "0.5 g 100 20 100 60 re f",
    ))
    .unwrap();
    assert_eq!(made.count, 3);
    let pdf = crate::pdf(&made.tiff).unwrap();
    assert_eq!(Pdf::new(pdf).unwrap().pages().len(), 3);
}

#[test]
fn what_is_no_pdf_is_refused() {
    for file in [
        &b""[..],
        b"no PDF",
        b"%PDF-1.4\nendobj",
        b"\x89PNG\r\n\x1a\n",
    ] {
        assert_eq!(
            pages(file.to_vec()).unwrap_err(),
            PagesError::Damaged,
            "{file:?}"
        );
    }
    let huge = vec![0; LARGEST_PDF + 1];
    assert_eq!(pages(huge).unwrap_err(), PagesError::TooLarge);
}

#[test]
fn protected_pdf_is_refused_in_words_that_say_what_to_do() {
    let key = "00".repeat(32);
    let encrypt = format!(
        "/ID[<{0}><{0}>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{key}>/U<{key}>>>",
        "ab".repeat(16)
    );
    let why = pages(with_trailer(&[(595, 842)], "", &encrypt)).unwrap_err();
    assert_eq!(why, PagesError::Protected);
    assert!(why.to_string().contains("save it without one"));
}

#[test]
fn too_many_pages_and_pages_without_size_are_refused() {
    let many = vec![(595, 842); MOST_PAGES + 1];
    let why = pages(document(&many, "")).unwrap_err();
    assert_eq!(why, PagesError::TooManyPages(MOST_PAGES + 1));
    assert_eq!(pages(document(&[], "")).unwrap_err(), PagesError::Empty);
}

/// What a receiving machine writes when another sends it this file.
fn faxed(tiff: &[u8]) -> (crate::Outcome, Vec<u8>, Vec<u8>) {
    use crate::{Identity, Job, Machine};
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    std::fs::write(at("sent.tif"), tiff).unwrap();
    let mut sender = Machine::new(&Job::Send(at("sent.tif")), &Identity::of("FERNHILL")).unwrap();
    let mut receiver =
        Machine::new(&Job::Receive(at("came.tif")), &Identity::of("OAKFIELD")).unwrap();
    // An hour of sound is more than any of these takes.
    for _ in 0..3600 * 50 {
        let (said, answered) = (sender.say(), receiver.say());
        receiver.hear(said);
        sender.hear(answered);
        if sender.has_ended() && receiver.has_ended() {
            break;
        }
    }
    let outcome = sender.finish();
    assert_eq!(receiver.finish().pages, outcome.pages);
    let plain = |name: &str| {
        let to = at(&format!("plain-{name}"));
        let done = std::process::Command::new("tiffcp")
            .args(["-c", "none", "-r", "100000", "-f", "msb2lsb"])
            .args([&at(name), &to])
            .output()
            .expect("tiffcp, of libtiff-tools");
        assert!(done.status.success(), "{done:?}");
        std::fs::read(to).unwrap()
    };
    (outcome, plain("sent.tif"), plain("came.tif"))
}

#[test]
fn pages_of_a_pdf_arrive_at_another_machine_dot_by_dot() {
    let drawn = "BT /F 40 Tf 72 700 Td (Fernhill) Tj ET 0.6 g 100 400 200 100 re f";
    let made = pages(document(&[(595, 842), (400, 300)], drawn)).unwrap();
    let (outcome, sent, came) = faxed(&made.tiff);
    assert_eq!((outcome.error, outcome.pages), (None, 2));
    assert_eq!(outcome.station_id, "OAKFIELD");
    let (sent, came) = (rows(&sent), rows(&came));
    assert_eq!(sent.len(), 2);
    assert!(sent == came, "a dot differs");
}

/// The rows of each page of a TIFF file that tiffcp wrote in one strip a page.
fn rows(tiff: &[u8]) -> Vec<(u32, u32, Vec<u8>)> {
    let short = |at: usize| u32::from(u16::from_le_bytes([tiff[at], tiff[at + 1]]));
    let long = |at: usize| short(at) | short(at + 2) << 16;
    let mut pages = Vec::new();
    let mut at = long(4) as usize;
    while at != 0 {
        let count = short(at) as usize;
        let field = |tag: u32| {
            let mut entries = (0..count).map(|index| at + 2 + 12 * index);
            let entry = entries.find(|entry| short(*entry) == tag).unwrap();
            match short(entry + 2) {
                3 => short(entry + 8),
                _ => long(entry + 8),
            }
        };
        let (from, length) = (field(273) as usize, field(279) as usize);
        let invert = if field(262) == 1 { 0xff } else { 0 };
        let dots = tiff[from..from + length].iter().map(|byte| byte ^ invert);
        pages.push((field(256), field(257), dots.collect()));
        at = long(at + 2 + 12 * count) as usize;
    }
    pages
}
