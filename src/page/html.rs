//! Pieces of the page: text on its way in, tables with heads, pictures with a text in their place. Elements are maud's,
//! which escapes all that is not markup by its type.

use crate::charts::render::{Drawing, decimals};
use crate::charts::theme::Style;
use maud::{Markup, PreEscaped, Render, html};
use std::collections::BTreeMap;

/// Text from a scenario or a run; control characters, for which a page has no place, are blanks.
pub fn text(words: &str) -> Markup {
    html! { (words.replace(char::is_control, " ")) }
}

pub fn code(words: &str) -> Markup {
    html! { code { (text(words)) } }
}

/// Text in which web addresses, and words that lead to one, are links. The browser does not tell whence.
pub fn linked(words: &str, links: &BTreeMap<String, String>) -> Markup {
    let is_around = |c: char| c.is_whitespace() || "()[]<>,;.:\"'".contains(c);
    html! {
        @for part in words.split_inclusive(' ') {
            @let word = part.trim_matches(is_around);
            @let is_address = word.starts_with("https://") || word.starts_with("http://");
            @if let Some(to) = links.get(word).map(String::as_str).or(is_address.then_some(word)) {
                @let (before, after) = part.split_once(word).unwrap_or((part, ""));
                (text(before)) a href=(text(to)) rel="noreferrer" { (text(word)) } (text(after))
            } @else { (text(part)) }
        }
    }
}

/// A number's address, which may be broken after its dots and underscores.
pub fn address(words: &str) -> Markup {
    html! {
        code {
            @for part in words.split_inclusive(['.', '_']) {
                (text(part))
                @if part.ends_with(['.', '_']) { wbr; }
            }
        }
    }
}

/// Rows of a table that is not broken over pages.
const SHORT: usize = 6;

/// Columns of a table that a phone has room for: of a wider one each row is a block there, each cell behind its head.
const NARROW: usize = 3;

/// The page's body in the making.
#[derive(Debug, Default)]
pub struct Body {
    pub html: String,
    figures: usize,
    tables: usize,
}

impl Body {
    pub fn push(&mut self, markup: Markup) {
        markup.render_to(&mut self.html);
        self.html.push('\n');
    }

    pub fn paragraph(&mut self, words: &str) {
        self.push(html! { p { (text(words)) } });
    }

    pub fn note(&mut self, words: &str) {
        self.push(html! { p.note { (text(words)) } });
    }

    pub fn subheading(&mut self, words: &str) {
        self.push(html! { h3 { (text(words)) } });
    }

    pub fn list(&mut self, items: &[String]) {
        self.push(html! { ul { @for item in items { li { (text(item)) } } } });
    }

    /// A chart with its number and caption, as it is on the screen and, where that is another drawing, on paper; a reader
    /// who does not see it hears its title, which is its answer, and the caption.
    pub fn chart(&mut self, drawings: &[Drawing], caption: &str) {
        let Some(first) = drawings.first() else { return };
        let (width, height) = (decimals(first.look.width), decimals(first.look.height));
        let medium =
            |place: usize| (drawings.len() > 1).then_some(if place == 0 { "on-screen" } else { "on-paper" });
        let picture = html! {
            @for (place, drawing) in drawings.iter().enumerate() {
                svg class=[medium(place)] viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img"
                    aria-label=(spoken(&drawing.title)) font-family="Inter, Helvetica Neue, Arial, sans-serif" {
                    rect width="100%" height="100%" fill=(drawing.look.theme().paper.css()) {}
                    (PreEscaped(&drawing.body))
                }
            }
        };
        self.figure(picture, &first.title, caption);
    }

    /// A picture as it is on the disk.
    pub fn picture(&mut self, svg: &[u8], title: &str, caption: &str) {
        use base64::Engine;
        let data = base64::engine::general_purpose::STANDARD.encode(svg);
        // On paper its colours are turned round.
        let paper =
            format!("<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>", Style::Dark.theme().paper.css());
        let is_dark = svg.windows(paper.len()).any(|window| window == paper.as_bytes()).then_some("dark");
        let picture =
            html! { img class=[is_dark] src={ "data:image/svg+xml;base64," (data) } alt=(spoken(title)); };
        self.figure(picture, title, caption);
    }

    fn figure(&mut self, picture: Markup, title: &str, caption: &str) {
        self.figures += 1;
        let number = self.figures;
        // A picture wider than a small screen is scrolled, with the keyboard too; its title stands above it there, whole.
        self.push(html! {
            figure {
                p.title aria-hidden="true" { (text(title)) }
                div.picture tabindex="0" role="group" aria-label={ "Figure " (number) } { (picture) }
                figcaption { b { "Figure " (number) "." } " " (text(caption)) }
            }
        });
    }

    /// `numeric` says from which column on cells are numbers; the first cell of a row is its head.
    pub fn table(&mut self, caption: &str, head: &[&str], numeric: std::ops::Range<usize>, rows: &[Row]) {
        self.tables += 1;
        let class = |column: usize| numeric.contains(&column).then_some("n");
        let kept = (rows.len() <= SHORT).then_some("keep");
        let rows_are_blocks = (head.len() > NARROW).then_some("blocks");
        let table = html! {
            div.scroll class=[kept] tabindex="0" role="group" aria-label={ "Table " (self.tables) } {
                table class=[rows_are_blocks] {
                    caption { (text(caption)) }
                    thead {
                        tr {
                            @for (column, words) in head.iter().enumerate() {
                                th scope="col" class=[class(column)] { (text(words)) }
                            }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr class=[row.sum.then_some("sum")] {
                                @for (column, cell) in row.cells.iter().enumerate() {
                                    @if column == 0 { th scope="row" { (cell) } }
                                    @else { td class=[class(column)] data-head=[head.get(column)] { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        };
        self.push(table);
    }
}

/// What a reader who does not see a picture hears of it.
fn spoken(title: &str) -> Markup {
    text(&format!("Chart. {title}."))
}

pub struct Row {
    pub cells: Vec<Markup>,
    /// The line of sums.
    pub sum: bool,
}

impl Row {
    pub fn of(cells: impl IntoIterator<Item = Markup>) -> Row {
        Row { cells: cells.into_iter().collect(), sum: false }
    }
}
