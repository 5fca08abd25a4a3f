//! Who else writes on a socket may do so as long as the link lets in by which its reader came.

use std::sync::Arc;

use bytes::Bytes;
use protocol::access::LinkNo;

use super::WireOutlet;
use crate::session::link::Links;
use crate::session::transcript::{Offered, Outlet};

/// The side of a connection that writes, for somebody else who writes there: as long as a link lets in.
pub(in crate::web::socket) struct LinkOutlet {
    outlet: Arc<WireOutlet>,
    links: Arc<Links>,
    /// None of the owner.
    link: Option<LinkNo>,
}

impl LinkOutlet {
    pub(in crate::web::socket) fn new(
        outlet: Arc<WireOutlet>,
        links: Arc<Links>,
        link: Option<LinkNo>,
    ) -> Self {
        Self { outlet, links, link }
    }
}

impl Outlet for LinkOutlet {
    /// As it is when the frame has been read: whatever stands in it came while the link let in.
    fn offer(&self, octets: &Bytes) -> Offered {
        if self.links.lets_in(self.link) {
            self.outlet.offer(octets)
        } else {
            // Their own task puts them out.
            Offered::Declined
        }
    }
}
