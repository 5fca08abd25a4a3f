//! A page of the console, and what it may do: its own inline scripts are named by their hashes.

use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::file::File;
use crate::web::guard;

/// A page. Making one hashes its scripts.
#[derive(Clone)]
pub(super) struct Page {
    file: File,
    policy: HeaderValue,
}

impl Page {
    pub(super) fn new(file: File) -> Self {
        let hashes: Vec<_> = inline_scripts(&String::from_utf8_lossy(&file.identity))
            .map(|script| BASE64_STANDARD.encode(Sha256::digest(script.as_bytes())))
            .collect();
        Self {
            file,
            policy: guard::policy(&hashes),
        }
    }

    /// The page where the console stands below that path. It is not compressed: it is short, and made for each answer.
    pub(super) fn below(self, path: &str) -> Self {
        if path.is_empty() {
            return self;
        }
        let page = below(&String::from_utf8_lossy(&self.file.identity), path);
        Self::new(File {
            digest: format!("{}{path}", self.file.digest),
            identity: page.into(),
            gzip: None,
            brotli: None,
            ..self.file
        })
    }

    /// The answer to a request with these headers.
    pub(super) fn answer(self, headers: &HeaderMap) -> Response {
        let mut response = self.file.answer(headers);
        // Also where the browser has the page already: it takes what is said now for what holds.
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, self.policy);
        response
    }
}

/// The page with its own addresses below that path, which it is told as well: what scripts ask for, they put behind it.
/// Trunk leaves out the quotation marks of a page that is shipped.
fn below(page: &str, path: &str) -> String {
    let page = page.replacen(" data-page=", &format!(" data-base=\"{path}\" data-page="), 1);
    let addresses = ["href=/", "href=\"/", "src=/", "src=\"/"];
    addresses.iter().fold(page, |page, address| {
        let before = address.trim_end_matches('/');
        page.replace(&format!(" {address}"), &format!(" {before}{path}/"))
    })
}

/// The contents of the page's inline scripts, as a browser hashes them.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script")?;
        let external = attributes
            .split_ascii_whitespace()
            .any(|attribute| attribute.starts_with("src="));
        (!external).then_some(script)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_and_others_left_out() {
        let page = "<script src=\"/a.js\"></script><script type=\"module\">\nimport a;\n</script>\
                    <link><script type=module crossorigin src=/b.js></script><script>b</script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["\nimport a;\n", "b"]);
    }

    #[test]
    fn a_page_below_a_path_has_its_addresses_there_and_is_another_page() {
        let text = "<link href=/a.css rel=x><link rel=\"y\" href=\"/b.js\" /><script data-module=/c.js src=/start.js></script>\
                    <body data-page=connect><a class=brand href=/>x</a><a href=//elsewhere>";
        let page = Page::new(File::plain("index.html", text));
        let below = page.clone().below("/pop3");
        assert_eq!(
            String::from_utf8_lossy(&below.file.identity),
            "<link href=/pop3/a.css rel=x><link rel=\"y\" href=\"/pop3/b.js\" /><script data-module=/c.js \
             src=/pop3/start.js></script><body data-base=\"/pop3\" data-page=connect><a class=brand href=/pop3/>x</a>\
             <a href=/pop3//elsewhere>"
        );
        assert_ne!(below.file.digest, page.file.digest);
        assert_eq!(page.clone().below("").file.digest, page.file.digest);
    }

    #[test]
    fn the_hash_is_the_one_that_browsers_compute() {
        // The example of the Content Security Policy recommendation.
        let page = Page::new(File::plain(
            "index.html",
            "<script>alert('Hello, world.');</script>",
        ));
        let policy = page.policy.to_str().unwrap();
        assert!(
            policy.contains("'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"),
            "{policy}"
        );
    }
}
