//! A name server that knows one domain.

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{NAPTR, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::UdpSocket;

/// Answers while the test runs.
pub struct Domain {
    pub address: SocketAddr,
    socket: Arc<UdpSocket>,
    records: Vec<Record>,
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).expect("a name")
}

impl Domain {
    pub async fn open() -> Domain {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        Domain {
            address: socket.local_addr().expect("an address"),
            socket: Arc::new(socket),
            records: Vec::new(),
        }
    }

    pub fn naptr(&mut self, domain: &str, service: &str, at: &str) {
        let data = NAPTR::new(
            10,
            10,
            b"s".as_slice().into(),
            service.as_bytes().into(),
            Box::default(),
            name(at),
        );
        self.record(domain, RData::NAPTR(data));
    }

    pub fn srv(&mut self, at: &str, priority: u16, host: &str, port: u16) {
        let data = SRV::new(priority, 0, port, name(host));
        self.record(at, RData::SRV(data));
    }

    fn record(&mut self, at: &str, data: RData) {
        self.records.push(Record::from_rdata(name(at), 60, data));
    }

    /// Begins to answer.
    pub fn serve(self) {
        tokio::spawn(async move {
            let mut buffer = [0; 4_096];
            while let Ok((length, from)) = self.socket.recv_from(&mut buffer).await {
                let Ok(question) = Message::from_vec(&buffer[..length]) else {
                    continue;
                };
                let answer = self.answer(question).to_vec().expect("an answer");
                let _gone = self.socket.send_to(&answer, from).await;
            }
        });
    }

    fn answer(&self, question: Message) -> Message {
        let asked = question.queries.first().cloned();
        let mut answer = question.into_response();
        let Some(asked) = asked else {
            return answer;
        };
        let known = self.records.iter().filter(|record| {
            record.name == *asked.name() && record.record_type() == asked.query_type()
        });
        answer.answers.extend(known.cloned());
        if answer.answers.is_empty() {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        answer
    }
}
