//! A gateway for tests: an HTTP server on the loopback that says what the test tells it to, well or badly.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// A request as the gateway heard it.
#[derive(Debug, Clone)]
pub struct Heard {
    pub method: String,
    /// With its query, as it came.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(there, _)| there == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The pairs of the query, decoded.
    pub fn query(&self) -> Vec<(String, String)> {
        pairs(self.path.split_once('?').map_or("", |(_, query)| query))
    }

    /// The value of a field of the query.
    pub fn asked(&self, name: &str) -> Option<String> {
        self.query().into_iter().find(|(there, _)| there == name).map(|(_, value)| value)
    }
}

/// What the gateway does with a request.
#[derive(Debug, Clone)]
pub enum Say {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Closes without a word.
    Drop,
    /// Says that all is well, and closes in the middle of the body.
    DropHalf,
    /// Waits, then closes without a word.
    Stall(Duration),
    /// Ten megabytes.
    Huge,
    /// Something that is not HTTP.
    Garbage,
}

impl Say {
    pub fn ok(body: &str) -> Self {
        Self::status(200, body)
    }

    pub fn status(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    pub fn with(self, name: &str, value: &str) -> Self {
        let Self::Answer { status, mut headers, body } = self else { return self };
        headers.push((name.to_owned(), value.to_owned()));
        Self::Answer { status, headers, body }
    }
}

type Script = dyn Fn(&Heard) -> Say + Send + Sync;

struct Shared {
    script: Box<Script>,
    heard: Mutex<Vec<Heard>>,
    /// The connections there were; shut when the gateway goes.
    streams: Mutex<Vec<TcpStream>>,
    gone: Mutex<bool>,
    going: Condvar,
}

/// The server. It goes away with the value.
pub struct Gateway {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Gateway {
    pub fn start(script: impl Fn(&Heard) -> Say + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            heard: Mutex::default(),
            streams: Mutex::default(),
            gone: Mutex::default(),
            going: Condvar::new(),
        });
        let for_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if *for_thread.gone.lock().unwrap() {
                    return;
                }
                for_thread.streams.lock().unwrap().push(stream.try_clone().unwrap());
                let for_connection = Arc::clone(&for_thread);
                // A client that goes away in the middle is no matter of the gateway's.
                thread::spawn(move || serve(&for_connection, stream).ok());
            }
        });
        Self { address, shared }
    }

    /// A gateway that says the same to all.
    pub fn saying(say: Say) -> Self {
        Self::start(move |_| say.clone())
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// All it heard, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().unwrap().clone()
    }

    /// What it heard, when it is one request.
    pub fn only(&self) -> Heard {
        let mut heard = self.heard();
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.remove(0)
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.streams.lock().unwrap().len()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        *self.shared.gone.lock().unwrap() = true;
        self.shared.going.notify_all();
        for stream in self.shared.streams.lock().unwrap().iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(heard) = read_request(&mut reader)? {
        let say = (shared.script)(&heard);
        shared.heard.lock().unwrap().push(heard);
        match say {
            Say::Answer { status, headers, body } => {
                stream.write_all(head(status, &headers, body.len()).as_bytes())?;
                stream.write_all(&body)?;
                continue;
            }
            Say::Drop => {}
            Say::DropHalf => {
                stream.write_all(head(200, &[], 100).as_bytes())?;
                stream.write_all(b"half of")?;
            }
            Say::Stall(time) => {
                let gone = shared.gone.lock().unwrap();
                drop(shared.going.wait_timeout_while(gone, time, |gone| !*gone).unwrap());
            }
            Say::Huge => {
                stream.write_all(head(200, &[], 10 << 20).as_bytes())?;
                stream.write_all(&vec![b'x'; 10 << 20])?;
            }
            Say::Garbage => stream.write_all(b"\x16\x03SSH-2.0-what?\r\n\r\n\r\n")?,
        }
        return stream.shutdown(Shutdown::Both);
    }
    Ok(())
}

fn head(status: u16, headers: &[(String, String)], length: usize) -> String {
    let mut lines = vec![format!("HTTP/1.1 {status} Said"), format!("Content-Length: {length}")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.join("\r\n") + "\r\n\r\n"
}

/// Reads a request; none when the client is done.
fn read_request(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Heard>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body)?;
    Ok(Some(Heard { method, path, headers, body }))
}

/// The pairs of a query or a form, decoded.
pub fn pairs(encoded: &str) -> Vec<(String, String)> {
    let pairs = encoded.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let hex = std::str::from_utf8(&after[..2]).unwrap();
                rest = &after[2..];
                u8::from_str_radix(hex, 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
