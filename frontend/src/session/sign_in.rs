//! Signing in with the sheet: the lines that a mechanism wants go the same way as typed ones, and what the server
//! answers is told.

use protocol::command;
use protocol::entry::{Entry, LineId};
use protocol::reply::{self, ResponseCode};
use protocol::sasl::{self, Assurance, Credentials, Exchange, Mechanism, Problem, Step, Surroundings};
use protocol::secret::TypedLine;
use protocol::state::{Expectation, Phase};

use super::State;
use super::action::{Ask, Effect};
use super::awaited::{Awaited, Reply, Said};
use super::pending::Pending;
use super::typed::Typed;
use crate::transcript::glyphs;

/// How many rounds of hashing are done before the page is given time to draw: a few milliseconds' worth.
const ROUNDS: u32 = 4000;

/// How much of what the server says is told, in characters.
const TOLD_MAX: usize = 300;

/// The most challenges that are told.
const CHALLENGES_MAX: usize = 8;

/// The sheet, and the sign-in that is under way.
#[derive(Default)]
pub struct SignIn {
    exchange: Option<Exchange>,
    awaited: Option<Awaited>,
    /// What the next line is called.
    next: LineId,
    /// Whether the server waits for a response now.
    is_asked: bool,
    /// Why no more is sent, once that is so.
    given_up: Option<String>,
    /// Whether the server was told so.
    has_cancelled: bool,
    works: bool,
    /// What the server asked, decoded.
    pub challenges: Vec<String>,
    /// Why the last one failed, or what speaks against one that did not.
    pub failure: Option<String>,
    /// How many there were.
    pub attempts: u32,
    /// The person has closed it, and what was under way is being ended.
    pub is_closed: bool,
}

/// What a person wants of the sheet.
pub enum SigningIn {
    /// It is opened; CAPA is sent under that name if it was not asked before.
    Open(LineId),
    /// This is to be done.
    Start(Box<Attempt>),
    /// Name or password cannot be sent, for that reason.
    Fail(String),
    /// It is time to go on with what takes long.
    Work,
    /// No more is to be sent.
    Cancel,
    /// The sheet is closed.
    Close,
}

/// Somebody wants to sign in.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// How.
    pub mechanism: Mechanism,
    /// As whom. SASLprep is done where the mechanism wants it.
    pub credentials: Credentials,
    /// For the mechanisms that want something that nobody can guess.
    pub nonce: String,
    /// What the first line is called; the others count from there.
    pub first: LineId,
}

impl SignIn {
    /// Whether lines go to and fro.
    pub fn is_under_way(&self) -> bool {
        self.exchange.is_some()
    }

    /// How much of what takes long is done, in percent; none while nothing does.
    pub fn progress(&self) -> Option<u32> {
        self.exchange
            .as_ref()
            .filter(|_| self.works)
            .map(Exchange::progress)
    }

    /// It is over. Whatever secret it held is overwritten.
    fn end(&mut self, why: String) {
        *self = Self {
            challenges: std::mem::take(&mut self.challenges),
            failure: Some(why),
            attempts: self.attempts,
            is_closed: self.is_closed,
            ..Self::default()
        };
    }

    /// Something was hidden: what the server said is quoted no more.
    pub(super) fn forget_said(&mut self) {
        self.challenges.clear();
        self.failure.take_if(|it| it.contains('“'));
    }

    /// A challenge came.
    fn tell(&mut self, said: &Said) {
        let text = if said.is_struck {
            Some("withheld, because it may repeat a secret".to_owned())
        } else {
            sasl::readable(said.line.get(1..).unwrap_or_default())
        };
        if let Some(text) = text
            && self.challenges.len() < CHALLENGES_MAX
        {
            let text: String = text.chars().take(TOLD_MAX).collect();
            self.challenges.push(glyphs::plain(&text));
        }
    }
}

impl State {
    /// What is known of a mechanism: whether the server offers it.
    pub fn offers_mechanism(&self, mechanism: Mechanism) -> Option<bool> {
        let (offers, learned) = (self.offers.now(), &self.learned);
        mechanism.is_offered(offers, &learned.mechanisms, learned.timestamp.is_some())
    }

    /// Whether the server was asked what it offers and has not said it: what is best then is not known yet.
    pub fn awaits_offers(&self) -> bool {
        let is_capa = |it: &Pending| command::is(it.typed.line.reveal(), "CAPA");
        self.offers.is_awaited() || self.pending.iter().any(is_capa)
    }

    /// The mechanism to prefer.
    pub fn best_mechanism(&self) -> Mechanism {
        let (offers, learned) = (self.offers.now(), &self.learned);
        Mechanism::best(offers, &learned.mechanisms, learned.timestamp.is_some())
    }

    pub(super) fn sign_in(&mut self, step: SigningIn) -> Vec<Effect> {
        match step {
            SigningIn::Open(id) => {
                self.sign_in.get_or_insert_default().is_closed = false;
                let is_ready =
                    self.now.phase == Phase::Authorization && self.expects() != Expectation::Response;
                if is_ready && self.offers.now().is_none() && !self.offers.was_asked() {
                    return self.send(id, Typed::new("CAPA".to_owned(), Expectation::Command));
                }
                Vec::new()
            }
            SigningIn::Start(attempt) => self.attempt(*attempt),
            SigningIn::Fail(why) => self.end_sign_in(why),
            SigningIn::Work => self.work(),
            SigningIn::Cancel => self.cancel_sign_in(),
            SigningIn::Close => {
                if let Some(sheet) = &mut self.sign_in {
                    sheet.is_closed = true;
                }
                let effects = self.cancel_sign_in();
                self.sign_in.take_if(|it| !it.is_under_way());
                effects
            }
        }
    }

    /// Begins, unless the person has to be asked first.
    pub(super) fn attempt(&mut self, attempt: Attempt) -> Vec<Effect> {
        let Some(sheet) = &mut self.sign_in else {
            return Vec::new();
        };
        if sheet.is_under_way() {
            return Vec::new();
        }
        (sheet.failure, sheet.challenges) = (None, Vec::new());
        if self.now.phase != Phase::Authorization || self.expects() == Expectation::Response {
            let told = "Signing in belongs to the AUTHORIZATION state, before anything else is under way.";
            return self.end_sign_in(told.to_owned());
        }
        if !attempt.mechanism.hides_password() && self.is_clear() && !self.knows_clear {
            return self.ask(Ask::SignInClear(Box::new(attempt)));
        }
        let around = Surroundings {
            timestamp: self.learned.timestamp.clone(),
            takes_initial: self.offers_mechanism(attempt.mechanism) == Some(true)
                && self.offers.now().is_some(),
            nonce: attempt.nonce,
        };
        let user = attempt.credentials.user.clone();
        match Exchange::new(attempt.mechanism, attempt.credentials, around) {
            Ok(mut exchange) => {
                let step = exchange.start();
                if let Some(sheet) = &mut self.sign_in {
                    (sheet.exchange, sheet.next) = (Some(exchange), attempt.first);
                    sheet.attempts = sheet.attempts.wrapping_add(1);
                }
                // No entry tells it, so none that is hidden takes it along.
                self.names.add(0, &user);
                self.take_step(step)
            }
            Err(problem) => self.end_sign_in(problem.sentence()),
        }
    }

    fn take_step(&mut self, step: Step) -> Vec<Effect> {
        match step {
            Step::Command(line) => self.send_for_sign_in(line, Expectation::Command),
            Step::Response(line) => self.send_for_sign_in(line, Expectation::Response),
            Step::Work => {
                if let Some(sheet) = &mut self.sign_in {
                    sheet.works = true;
                }
                vec![Effect::WorkSoon]
            }
            Step::Cancel(Problem::Told(text)) => {
                self.give_up(format!("The server says {}.", glyphs::quoted(&text, TOLD_MAX)))
            }
            Step::Cancel(problem) => self.give_up(problem.sentence()),
            Step::SignedIn(Assurance::Missing) => {
                let told = "You are signed in, but the server did not prove that it knows the password: it may not be the server that it says it is.";
                self.end_sign_in(told.to_owned())
            }
            Step::SignedIn(_) => {
                self.sign_in = None;
                Vec::new()
            }
            Step::Refused => self.end_sign_in("The server refused.".to_owned()),
            Step::Failed(problem) => self.end_sign_in(problem.sentence()),
        }
    }

    /// Sends a line, as if it had been typed.
    fn send_for_sign_in(&mut self, line: TypedLine, expects: Expectation) -> Vec<Effect> {
        let typed = Typed { line, expects };
        if let Some(why) = self.problem(&typed) {
            return self.end_sign_in(why.sentence().to_owned());
        }
        let connection = self.connection;
        let Some(sheet) = &mut self.sign_in else {
            return Vec::new();
        };
        let id = sheet.next;
        sheet.next = id.wrapping_add(1);
        sheet.is_asked = false;
        sheet.awaited = Some(match expects {
            Expectation::Response => Awaited::response(id, connection),
            _ => Awaited::new(id, connection, typed.line.reveal()),
        });
        self.send(id, typed)
    }

    /// Takes in an entry, and goes on if it is the end of a reply.
    pub(super) fn go_on_signing_in(&mut self, entry: &Entry) -> Vec<Effect> {
        let awaited = self.sign_in.as_mut().and_then(|it| it.awaited.as_mut());
        let Some(reply) = awaited.and_then(|it| it.apply(entry)) else {
            return Vec::new();
        };
        let Some(sheet) = &mut self.sign_in else {
            return Vec::new();
        };
        if !matches!(reply, Reply::Continuation(_)) {
            sheet.awaited = None;
        }
        // Else it is still awaited: who asks may change their mind before the answer is ready.
        let answer = match &reply {
            Reply::Ended => return self.end_sign_in("The connection ended.".to_owned()),
            Reply::Err(_) if self.now.phase == Phase::Transaction => {
                let told =
                    "You are signed in: the server did not wait for the last response, and refused it.";
                return self.end_sign_in(told.to_owned());
            }
            Reply::Err(said) => {
                let told = refusal(said, sheet.given_up.take());
                return self.end_sign_in(told);
            }
            Reply::Ok(_) => sasl::Reply::Ok,
            Reply::Continuation(said) => {
                sheet.is_asked = true;
                sheet.tell(said);
                if said.is_struck {
                    sasl::Reply::Withheld
                } else {
                    sasl::Reply::Challenge(said.line.get(1..).unwrap_or_default())
                }
            }
        };
        let Some(exchange) = &mut sheet.exchange else {
            return Vec::new();
        };
        match exchange.answer(answer) {
            // The person has given up meanwhile: nothing more of theirs goes out.
            Step::Command(_) | Step::Response(_) | Step::Work if sheet.given_up.is_some() => {
                self.give_up(String::new())
            }
            step => self.take_step(step),
        }
    }

    fn work(&mut self) -> Vec<Effect> {
        let Some(sheet) = self.sign_in.as_mut().filter(|it| it.works) else {
            return Vec::new();
        };
        match sheet.exchange.as_mut().and_then(|it| it.work(ROUNDS)) {
            Some(step) => {
                sheet.works = false;
                self.take_step(step)
            }
            None => vec![Effect::WorkSoon],
        }
    }

    /// The person wants no more sent.
    fn cancel_sign_in(&mut self) -> Vec<Effect> {
        let is_under_way = self.sign_in.as_ref().is_some_and(SignIn::is_under_way);
        if is_under_way {
            return self.give_up("You cancelled it.".to_owned());
        }
        Vec::new()
    }

    /// Nothing more is sent, for that reason; a server that waits for a response is told so.
    fn give_up(&mut self, why: String) -> Vec<Effect> {
        let Some(sheet) = &mut self.sign_in else {
            return Vec::new();
        };
        let why = sheet.given_up.take().unwrap_or(why);
        sheet.works = false;
        if sheet.is_asked && !sheet.has_cancelled {
            (sheet.given_up, sheet.has_cancelled) = (Some(why), true);
            return self.send_for_sign_in(TypedLine::new(b"*".to_vec()), Expectation::Response);
        }
        if sheet.awaited.is_some() && !sheet.is_asked {
            // What was sent may be answered yet.
            sheet.given_up = Some(why);
            return Vec::new();
        }
        self.end_sign_in(why)
    }

    pub(super) fn end_sign_in(&mut self, why: String) -> Vec<Effect> {
        if let Some(sheet) = &mut self.sign_in {
            sheet.end(why);
        }
        self.sign_in.take_if(|it| it.is_closed);
        Vec::new()
    }

    /// A line was not sent, or nobody knows. Tells whether it is one of the sign-in's.
    pub(super) fn lose_for_sign_in(&mut self, id: LineId, why: &str) -> bool {
        let is_it = |sheet: &SignIn| sheet.awaited.as_ref().is_some_and(|it| it.id() == id);
        let is_mine = self.sign_in.as_ref().is_some_and(is_it);
        if is_mine {
            self.end_sign_in(why.to_owned());
        }
        is_mine
    }
}

/// Why the server refused: what was given up for, what it said, and what its response code means.
fn refusal(said: &Said, given_up: Option<String>) -> String {
    if let Some(why) = given_up {
        return why;
    }
    let quoted = glyphs::quoted(&String::from_utf8_lossy(&said.line), TOLD_MAX);
    let code = reply::response_code(&said.line).and_then(|range| ResponseCode::find(&said.line[range]));
    let meaning = code.map_or_else(String::new, |code| {
        format!(" {} ({})", code.explanation, code.rfc)
    });
    format!("The server refused: {quoted}{meaning}")
}
