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
        Read::Switch(_) => format!("--{}", setting.flag()),
        Read::One(_) | Read::Many(_) => {
            format!("--{} <{}>", setting.flag(), setting.value.to_ascii_lowercase())
        }
    };
    let default = match setting.default {
        "" => String::new(),
        default => format!("`{default}`"),
    };
    let row = format!("| `{}` | `{flag}` | {default} | {} |", setting.key, setting.about);
    // What stands between two values would end a cell.
    row.replace("text|json", "text\\|json") + "\n"
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
