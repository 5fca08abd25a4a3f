//! Every setting as a table of Markdown, for the README.

use super::setting::{Read, Setting};
use super::settings::SECTIONS;

/// The table. Hidden settings are not in it.
pub fn table() -> String {
    let mut table = "| in the file | flag | default | |\n|---|---|---|---|\n".to_owned();
    for section in SECTIONS {
        table.push_str(&format!("| **{}** | | | |\n", section.name));
        for setting in section.settings.iter().filter(|setting| !setting.hidden) {
            table.push_str(&row(setting));
        }
    }
    table
}

fn row(setting: &Setting) -> String {
    let flag = match setting.read {
        Read::Switch(_) => format!("`--{}`", setting.flag()),
        Read::One(_) | Read::Many(_) => {
            // What stands between two values would end a cell.
            let value = setting.value.to_ascii_lowercase().replace('|', "\\|");
            format!("`--{} <{value}>`", setting.flag())
        }
        Read::Tables(..) => "in the file alone".to_owned(),
    };
    let default = match setting.default {
        "" => String::new(),
        default => format!("`{default}`"),
    };
    format!("| `{}` | {flag} | {default} | {} |\n", setting.key, setting.about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_this_table() {
        let readme = include_str!("../../../README.md");
        assert!(
            readme.contains(&table()),
            "README's table of settings is another than `pop3-console config table` prints: put this in its place"
        );
    }
}
