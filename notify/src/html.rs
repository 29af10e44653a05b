//! The little HTML that this feature writes itself.

/// `text` with the characters that mean something in HTML written out.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

/// A plain text as a page: lines stay lines, and addresses on a line of their own become links.
pub(crate) fn from_text(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let shown = escape(line);
            if (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(' ') {
                format!("<a href=\"{shown}\">{shown}</a>")
            } else {
                shown
            }
        })
        .collect();
    format!("<!doctype html>\n<html><body><p>{}</p></body></html>\n", lines.join("<br>\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        let page = from_text("<b>\"a\" & 'b'</b>\nhttps://h/x?a=1&b=2\nhttps://h/ x");
        assert!(page.contains("&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;<br>"), "{page}");
        assert!(page.contains("<a href=\"https://h/x?a=1&amp;b=2\">https://h/x?a=1&amp;b=2</a>"), "{page}");
        assert!(!page.contains("href=\"https://h/ x"), "{page}");
    }
}
