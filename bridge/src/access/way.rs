//! How a hosted console knows who asks: by accounts of its own, or by what others say.

use super::AccessError;
use super::by_header::ByHeader;
use super::by_openid::ByOpenId;
use super::by_password::ByPassword;
use crate::config::{Config, Mode};
use crate::upstream::tls::Tls;

/// How it knows who asks.
pub(crate) enum Way {
    Accounts(Box<ByPassword>),
    Header(ByHeader),
    OpenId(Box<ByOpenId>),
}

impl Way {
    /// As the settings want it, with a provider that is trusted as mail servers are; none where the console is not hosted.
    ///
    /// # Errors
    /// When the accounts cannot be read, or the provider's settings cannot be used.
    pub(crate) fn of(config: &Config, tls: &Tls) -> Result<Option<Self>, AccessError> {
        Ok(Some(match config.access.mode {
            Mode::None => return Ok(None),
            Mode::Accounts => Way::Accounts(Box::new(ByPassword::new(config)?)),
            Mode::Header => Way::Header(ByHeader::new(&config.access)),
            Mode::OpenId => {
                let trusting = tls
                    .client()
                    .map_err(|error| AccessError::Provider(error.to_string()))?;
                let by_openid = ByOpenId::new(&config.access, trusting).map_err(AccessError::Provider)?;
                Way::OpenId(Box::new(by_openid))
            }
        }))
    }

    /// As the setting calls it.
    pub(super) fn mode(&self) -> Mode {
        match self {
            Way::Accounts(_) => Mode::Accounts,
            Way::Header(_) => Mode::Header,
            Way::OpenId(_) => Mode::OpenId,
        }
    }

    /// The accounts of the console's own, if people have such.
    pub(super) fn by_password(&self) -> Option<&ByPassword> {
        match self {
            Way::Accounts(by_password) => Some(by_password),
            Way::Header(_) | Way::OpenId(_) => None,
        }
    }

    /// Where a proxy says who asks, if one does.
    pub(super) fn by_header(&self) -> Option<&ByHeader> {
        match self {
            Way::Header(by_header) => Some(by_header),
            Way::Accounts(_) | Way::OpenId(_) => None,
        }
    }

    /// The provider at which people sign in, if they do at one.
    pub(super) fn by_openid(&self) -> Option<&ByOpenId> {
        match self {
            Way::OpenId(by_openid) => Some(by_openid),
            Way::Accounts(_) | Way::Header(_) => None,
        }
    }

    /// Whether somebody is known by the token that their browser was given. Otherwise each request says who it is from, and nothing
    /// that came before; and what stands for a token then anybody can work out from a name.
    pub(super) fn gives_tokens(&self) -> bool {
        match self {
            Way::Accounts(_) | Way::OpenId(_) => true,
            Way::Header(_) => false,
        }
    }
}
