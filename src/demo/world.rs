//! The demo's world: one contact centre, and a server of each vendor that shows it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::demo::centre::Centre;
use crate::demo::server::serve;
use crate::demo::simulator::Simulator;
use crate::demo::{Model, Scenario};
use crate::platform::chime::simulator::ChimeSimulator;
use crate::platform::comm100::simulator::Comm100Simulator;
use crate::platform::egain::simulator::EgainSimulator;
use crate::platform::xima::simulator::XimaSimulator;

/// Highest `speed`: an hour of the centre in a second.
pub const MAX_SPEED: f64 = 3_600.0;

/// Where the four simulators listen, all on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Chime.
    pub chime: SocketAddr,
    /// Comm100, its token endpoint included.
    pub comm100: SocketAddr,
    /// eGain.
    pub egain: SocketAddr,
    /// Xima, and the SQS endpoint of its installation.
    pub xima: SocketAddr,
}

/// Four simulators at work on one centre; dropping it cuts them off.
#[derive(Debug)]
pub struct World {
    addresses: Addresses,
    servers: JoinSet<&'static str>,
    stop: watch::Sender<bool>,
}

impl World {
    /// Starts the four simulators on free ports of 127.0.0.1.
    ///
    /// The centre's time runs `speed` times as fast as the real one, from now on; `Centre::now` stays the real date and
    /// time, so that tokens and dates hold for a client that lives by them. Its working day starts at `time_of_day` if
    /// that is given, else as [`Model::new`] says.
    ///
    /// # Errors
    /// `InvalidInput` if `speed` is not above 0 and at most [`MAX_SPEED`]; else what the sockets say.
    #[expect(clippy::similar_names, reason = "seed and speed are named as the flags are")]
    pub async fn start(
        scenario: Scenario,
        seed: u64,
        speed: f64,
        time_of_day: Option<Time>,
    ) -> io::Result<Self> {
        if !(speed > 0.0 && speed <= MAX_SPEED) {
            let message = format!("the speed must be above 0 and at most {MAX_SPEED}, not {speed}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let start = Timestamp::now();
        let centre = Arc::new(LiveCentre::new(Model::new(scenario, seed, start, time_of_day), start, speed));
        let (stop, stopped) = watch::channel(false);
        let mut servers = JoinSet::new();
        let mut add = async |name, simulator: Arc<dyn Simulator>| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?;
            let (centre, stopped) = (Arc::clone(&centre), stopped.clone());
            servers.spawn(async move {
                serve(listener, simulator, move || centre.seen_by(name), stopped).await;
                name
            });
            io::Result::Ok(address)
        };
        let addresses = Addresses {
            chime: add("chime", Arc::new(ChimeSimulator)).await?,
            comm100: add("comm100", Arc::new(Comm100Simulator)).await?,
            egain: add("egain", Arc::new(EgainSimulator)).await?,
            xima: add(XIMA, Arc::new(XimaSimulator)).await?,
        };
        Ok(Self { addresses, servers, stop })
    }

    /// Where the simulators listen.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// A configuration file whose targets are the simulators; it holds no real secret.
    pub fn configuration(&self) -> String {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        super::configuration::configuration(&self.addresses, today)
    }

    /// Waits until a simulator ends although nobody stopped it, and says which; never, as long as all is well.
    ///
    /// Cancel safe.
    pub async fn ended(&mut self) -> String {
        match self.servers.join_next().await {
            Some(Ok(name)) => format!("the simulator of {name} ended"),
            Some(Err(error)) => format!("a simulator failed: {error}"),
            None => std::future::pending().await,
        }
    }

    /// Stops the simulators; it takes a second at most.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.servers.join_next().await.is_some() {}
    }
}

/// The vendor whose credentials the scenarios refuse; the others would show nothing but a failed login.
const XIMA: &str = "xima";

/// A model that keeps up with the real clock.
#[derive(Debug)]
struct LiveCentre {
    model: Mutex<Model>,
    start: Timestamp,
    started: Instant,
    speed: f64,
}

impl LiveCentre {
    /// The centre of a model that was made for `start`.
    fn new(model: Model, start: Timestamp, speed: f64) -> Self {
        Self { model: Mutex::new(model), start, started: Instant::now(), speed }
    }

    /// The centre after `elapsed` of real time.
    fn after(&self, elapsed: Duration) -> Centre {
        let simulated = Duration::try_from_secs_f64(elapsed.as_secs_f64() * self.speed).unwrap_or(elapsed);
        let moment = |time| {
            let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
            self.start.saturating_add(time).unwrap_or(Timestamp::MAX)
        };
        // A panic elsewhere leaves the model usable: each event is complete in itself.
        let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        model.advance_to(moment(simulated));
        Centre { now: moment(elapsed), ..model.snapshot() }
    }

    /// The centre as it is now, with the trouble that is meant for a vendor.
    fn seen_by(&self, vendor: &str) -> Centre {
        let mut centre = self.after(self.started.elapsed());
        centre.trouble.credentials_refused &= vendor == XIMA;
        centre
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn every_vendor_shows_the_same_centre() {
        let world = World::start(Scenario::Normal, 1, 1.0, None).await.unwrap();
        let addresses = *world.addresses();
        let queues = get(addresses.chime, "/Chime/Api/GetQueues").await;
        assert!(queues.starts_with("HTTP/1.1 200 OK") && queues.contains("Service Desk"), "{queues}");
        let refused = get(addresses.comm100, "/v4/livechat/realTime/rightNow").await;
        assert!(refused.starts_with("HTTP/1.1 401 Unauthorized"), "{refused}");
        let allowed = get(addresses.egain, "/system/egain/chat/entrypoint/chatAllowed/1000").await;
        assert!(allowed.starts_with("HTTP/1.1 200 OK") && allowed.contains("chatAllowed"), "{allowed}");
        let session = get(addresses.xima, "/chat/queue").await;
        assert!(session.starts_with("HTTP/1.1 204 No Content"), "{session}");
        world.stop().await;
        assert!(TcpStream::connect(addresses.chime).await.is_err());
    }

    #[tokio::test]
    async fn a_speed_out_of_range_is_refused() {
        for speed in [0.0, -1.0, 3_600.5, f64::NAN, f64::INFINITY] {
            let error = World::start(Scenario::Normal, 1, speed, None).await.unwrap_err();
            assert_eq!(error.to_string(), format!("the speed must be above 0 and at most 3600, not {speed}"));
        }
    }

    #[test]
    fn speed_multiplies_the_centre_s_time_but_not_the_date() {
        let start: Timestamp = "2026-03-02T10:30:00Z".parse().unwrap();
        let model = Model::new(Scenario::Normal, 1, start, None);
        let (slow, fast) = (LiveCentre::new(model.clone(), start, 1.0), LiveCentre::new(model, start, 60.0));
        let (slow, fast) = (slow.after(Duration::from_hours(1)), fast.after(Duration::from_mins(1)));
        assert_eq!((slow.now - fast.now).get_seconds(), 3_540);
        let half_past_eleven = Duration::from_mins(690);
        assert_eq!((slow.since_midnight, fast.since_midnight), (half_past_eleven, half_past_eleven));
        assert_eq!(format!("{:?}", slow.queues), format!("{:?}", fast.queues));
    }

    #[test]
    fn only_xima_sees_credentials_refused() {
        let start = Timestamp::now();
        let live = LiveCentre::new(Model::new(Scenario::Outage, 1, start, None), start, 1.0);
        live.after(Duration::from_secs(100));
        let refused = ["chime", "comm100", "egain", "xima"]
            .map(|vendor| live.seen_by(vendor).trouble.credentials_refused);
        assert_eq!(refused, [false, false, false, true]);
    }
}
