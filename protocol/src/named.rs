//! What travels as text, in the HTTP API, in addresses and in what a page remembers, goes by one name on both sides.

/// There is nothing of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownName;

/// Gives an enum without fields `ALL`, its variants in the order that is given here, `name`, and `FromStr`, which reads what
/// `name` gives and nothing else.
macro_rules! named {
    ($type:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// What it is called where it travels as text.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::named::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err($crate::named::UnknownName),
                }
            }
        }
    };
}

pub(crate) use named;
