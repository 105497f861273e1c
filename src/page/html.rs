//! Pieces of the page: text on its way in, tables with heads, pictures with a text in their place. Elements are maud's,
//! which escapes all that is not markup by its type.

use crate::charts::render::{Drawing, decimals};
use maud::{Markup, PreEscaped, Render, html};

/// Text from a scenario or a run; control characters, for which a page has no place, are blanks.
pub fn text(words: &str) -> Markup {
    html! { (words.replace(char::is_control, " ")) }
}

pub fn code(words: &str) -> Markup {
    html! { code { (text(words)) } }
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
const SHORT: usize = 12;

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

    /// A chart with its number and caption; a reader who does not see it hears its title, which is its answer, and
    /// the caption.
    pub fn chart(&mut self, drawing: &Drawing, caption: &str) {
        let (width, height) = (decimals(drawing.look.width), decimals(drawing.look.height));
        let picture = html! {
            svg viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img"
                aria-label=(spoken(&drawing.title)) font-family="Inter, Helvetica Neue, Arial, sans-serif" {
                rect width="100%" height="100%" fill=(drawing.look.theme().paper.css()) {}
                (PreEscaped(&drawing.body))
            }
        };
        self.figure(picture, caption);
    }

    /// A picture as it is on the disk.
    pub fn picture(&mut self, svg: &[u8], title: &str, caption: &str) {
        use base64::Engine;
        let data = base64::engine::general_purpose::STANDARD.encode(svg);
        self.figure(html! { img src={ "data:image/svg+xml;base64," (data) } alt=(spoken(title)); }, caption);
    }

    fn figure(&mut self, picture: Markup, caption: &str) {
        self.figures += 1;
        let number = self.figures;
        // A picture wider than a small screen is scrolled; with the keyboard too.
        self.push(html! {
            figure {
                div.picture tabindex="0" role="group" aria-label={ "Figure " (number) } { (picture) }
                figcaption { b { "Figure " (number) "." } " " (text(caption)) }
            }
        });
    }

    /// `numeric` says from which column on cells are numbers; the first cell of a row is its head.
    pub fn table(&mut self, caption: &str, head: &[&str], numeric: std::ops::Range<usize>, rows: &[Row]) {
        self.tables += 1;
        let class = |column: usize| numeric.contains(&column).then_some("n");
        let kept_together = if rows.len() <= SHORT { "scroll keep" } else { "scroll" };
        let table = html! {
            div class=(kept_together) tabindex="0" role="group" aria-label={ "Table " (self.tables) } {
                table {
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
                                    @else { td class=[class(column)] { (cell) } }
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
