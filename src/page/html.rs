//! HTML written by hand: text escaped on its way in, tables with heads, pictures with a text in their place.

use crate::charts::render::{Drawing, decimals, escaped};
use std::fmt::Write;

/// A cell of a table, or a piece of a sentence: safe to stand in the page.
#[derive(Debug, Clone)]
pub struct Html(pub String);

/// Escaped text.
pub fn text(words: &str) -> Html {
    Html(escaped(words).replace('\'', "&#39;"))
}

pub fn code(words: &str) -> Html {
    Html(format!("<code>{}</code>", text(words).0))
}

/// A number's address, which may be broken after its dots and underscores.
pub fn address(words: &str) -> Html {
    Html(format!("<code>{}</code>", text(words).0.replace('.', ".<wbr>").replace('_', "_<wbr>")))
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
    pub fn raw(&mut self, html: &str) {
        self.html += html;
        self.html.push('\n');
    }

    pub fn paragraph(&mut self, words: &str) {
        self.raw(&format!("<p>{}</p>", text(words).0));
    }

    pub fn note(&mut self, words: &str) {
        self.raw(&format!("<p class=\"note\">{}</p>", text(words).0));
    }

    pub fn subheading(&mut self, words: &str) {
        self.raw(&format!("<h3>{}</h3>", text(words).0));
    }

    pub fn list(&mut self, items: &[String]) {
        let items: String = items.iter().map(|item| format!("<li>{}</li>\n", text(item).0)).collect();
        self.raw(&format!("<ul>\n{items}</ul>"));
    }

    /// A chart with its number and caption; a reader who does not see it hears its title, which is its answer, and
    /// the caption.
    pub fn chart(&mut self, drawing: &Drawing, caption: &str) {
        self.figures += 1;
        let label = text(&format!("Chart. {}.", drawing.title)).0;
        let (width, height) = (decimals(drawing.look.width), decimals(drawing.look.height));
        let paper = drawing.look.theme().paper.css();
        let picture = format!(
            "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{label}\" font-family=\"Inter, Helvetica Neue, Arial, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"{paper}\"/>\n{}</svg>",
            drawing.body
        );
        self.figure(&picture, caption);
    }

    /// A picture as it is on the disk.
    pub fn picture(&mut self, svg: &[u8], title: &str, caption: &str) {
        use base64::Engine;
        self.figures += 1;
        let data = base64::engine::general_purpose::STANDARD.encode(svg);
        let label = text(&format!("Chart. {title}.")).0;
        let picture = format!("<img src=\"data:image/svg+xml;base64,{data}\" alt=\"{label}\">");
        self.figure(&picture, caption);
    }

    fn figure(&mut self, picture: &str, caption: &str) {
        let number = self.figures;
        // A picture wider than a small screen is scrolled; with the keyboard too.
        self.raw(&format!(
            "<figure>\n<div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"Figure {number}\">\n{picture}\n</div>\n<figcaption><b>Figure {number}.</b> {}</figcaption>\n</figure>",
            text(caption).0
        ));
    }

    /// `numeric` says from which column on cells are numbers; the first cell of a row is its head.
    pub fn table(&mut self, caption: &str, head: &[&str], numeric: std::ops::Range<usize>, rows: &[Row]) {
        self.tables += 1;
        let class = |column: usize| if numeric.contains(&column) { " class=\"n\"" } else { "" };
        let mut html = format!(
            "<div class=\"scroll{}\" tabindex=\"0\" role=\"group\" aria-label=\"Table {}\">\n<table>\n<caption>{}</caption>\n<thead><tr>",
            if rows.len() <= SHORT { " keep" } else { "" },
            self.tables,
            text(caption).0
        );
        for (column, words) in head.iter().enumerate() {
            let _ = write!(html, "<th scope=\"col\"{}>{}</th>", class(column), text(words).0);
        }
        html += "</tr></thead>\n<tbody>\n";
        for row in rows {
            html += if row.sum { "<tr class=\"sum\">" } else { "<tr>" };
            for (column, cell) in row.cells.iter().enumerate() {
                let _ = match column {
                    0 => write!(html, "<th scope=\"row\">{}</th>", cell.0),
                    _ => write!(html, "<td{}>{}</td>", class(column), cell.0),
                };
            }
            html += "</tr>\n";
        }
        html += "</tbody>\n</table>\n</div>";
        self.raw(&html);
    }
}

pub struct Row {
    pub cells: Vec<Html>,
    /// The line of sums.
    pub sum: bool,
}

impl Row {
    pub fn of(cells: impl IntoIterator<Item = Html>) -> Row {
        Row { cells: cells.into_iter().collect(), sum: false }
    }
}
