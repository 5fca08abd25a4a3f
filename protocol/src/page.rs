//! The console's own pages, by their paths: what the console in the browser shows at each, and where the bridge lets a browser
//! come back to that was elsewhere.

/// Before the id of a session.
const SESSION: &str = "/s/";

const CONNECT: &str = "/";

const ADMINISTRATION: &str = "/administration";

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Where people connect.
    Connect,
    /// A session, by its id.
    Session(String),
    /// What administrators see: accounts, and what holds.
    Administration,
}

impl Page {
    /// The page at that path, below the console's address; none where there is none. Whether there is such a session is not
    /// known by that, nor whether it could be.
    pub fn of(path: &str) -> Option<Self> {
        match path {
            CONNECT => Some(Page::Connect),
            ADMINISTRATION => Some(Page::Administration),
            _ => {
                let session = path.strip_prefix(SESSION)?;
                let is_one = !session.is_empty() && !session.contains('/');
                is_one.then(|| Page::Session(session.to_owned()))
            }
        }
    }

    /// Its path.
    pub fn path(&self) -> String {
        match self {
            Page::Connect => CONNECT.to_owned(),
            Page::Session(id) => format!("{SESSION}{id}"),
            Page::Administration => ADMINISTRATION.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_a_path_and_no_other_path_is_a_page() {
        for (path, page) in [
            ("/", Page::Connect),
            ("/s/k3v9q2", Page::Session("k3v9q2".to_owned())),
            ("/s/administration", Page::Session("administration".to_owned())),
            ("/administration", Page::Administration),
        ] {
            assert_eq!(Page::of(path).as_ref(), Some(&page));
            assert_eq!(page.path(), path);
        }
        for path in ["", "/s", "/s/", "/s/a/b", "/administration/", "/api/sign-on"] {
            assert_eq!(Page::of(path), None, "{path}");
        }
    }
}
