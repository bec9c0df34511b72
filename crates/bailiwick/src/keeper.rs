//! Who is let in at the HTTP door: the authority checks the token and its proof, the pool gives the grant's servers.

use crate::local::Local;
use crate::pool::{self, Pool};
use bailiwick_api::{Api, Place, Problem};
use bailiwick_authority::{Authority, IncomingCall};
use bailiwick_gateway::{Admitting, Caller, Doorkeeper, Guest, Knock, Recorded, TurnedAway};
use http::{HeaderMap, HeaderName};
use hyper::body::Bytes;
use std::sync::Arc;
use std::time::Duration;

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The keeper of one tenant's door.
pub(crate) struct Keeper {
    pub(crate) authority: Arc<Authority>,
    pub(crate) api: Arc<Api>,
    pub(crate) pool: Arc<Pool>,
}

impl Doorkeeper for Keeper {
    fn admit<'a>(&'a self, knock: Knock<'a>) -> Admitting<'a> {
        Box::pin(self.check(knock))
    }

    fn mark(&self, headers: &mut HeaderMap) {
        headers.insert(DPOP_NONCE, self.authority.nonce());
    }
}

impl Keeper {
    async fn check(&self, knock: Knock<'_>) -> Result<Guest, TurnedAway> {
        let call =
            IncomingCall { method: knock.method, path: knock.path, headers: knock.headers, body: Some(knock.body) };
        let refused = |refusal: bailiwick_authority::Refusal| Box::new(refusal.into_response(self.authority.nonce()));
        // The path of a door is the path of its resource.
        let admitted = self.authority.authenticate_and_look(&call, knock.path, knock.peer, pool::named).await;
        let (known, documents) = admitted.map_err(refused)?;
        let place = knock.beside.get().copied().unwrap_or(Place::Unseen);
        let bound = known.bound(&self.authority, self.api.mode_from(place, None));
        self.api.called_from(&bound.caller.agent, place);
        let unavailable = |failure| Box::new(Problem::from(failure).response().map(Bytes::from));
        let upstreams = self.pool.of((&bound.caller.agent, bound.grant), documents).await.map_err(unavailable)?;
        let recorded = Recorded::default();
        let key = format!("{}/{}", bound.grant, known.presented().jkt());
        let left = known.presented().expires().0.saturating_sub(self.api.desk().node().now().0);
        let unrecorded = self.authority.appends_nothing(&known).err().map(refused);
        let decider = Arc::new(Local::new(
            Arc::clone(&self.api),
            Arc::clone(&self.authority),
            known,
            (bound, place),
            recorded.clone(),
        ));
        let caller = Caller { key, decider, upstreams };
        Ok(Guest { caller, lives: Duration::from_micros(left), unrecorded, recorded })
    }
}
