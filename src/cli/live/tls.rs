//! TLS to an API server: which certificates are trusted, and the client certificate.
//!
//! `ureq` has a TLS layer of its own; it knows no `tls-server-name` and panics on a client key of an unknown kind.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
    StreamOwned,
};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use super::trouble::Trouble;

/// A client certificate and its key, as PEM.
pub(super) type Identity = (Vec<u8>, Vec<u8>);

/// Returns the settings of connections. `authority`: PEM certificates that are trusted; without them, those that the
/// operating system trusts. `is_insecure`: any certificate is accepted.
pub(super) fn settings(
    authority: Option<&[u8]>,
    is_insecure: bool,
    identity: Option<&Identity>,
) -> Result<Arc<ClientConfig>, Trouble> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("INVARIANT: ring knows TLS 1.2 and 1.3");
    let builder = match authority {
        _ if is_insecure => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        }
        Some(pem) => builder.with_root_certificates(trusted(pem).map_err(Trouble::Config)?),
        None => {
            let verifier = rustls_platform_verifier::Verifier::new(provider);
            let verifier = verifier.map_err(|it| {
                Trouble::Config(format!("the system's trusted certificates cannot be used: {it}"))
            })?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    let settings = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let (chain, key) = loaded(identity).map_err(Trouble::NoCredentials)?;
            builder.with_client_auth_cert(chain, key).map_err(|it| {
                Trouble::NoCredentials(format!("the client certificate cannot be used: {it}"))
            })?
        }
    };
    Ok(Arc::new(settings))
}

fn trusted(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate =
            certificate.map_err(|it| format!("the certificate authority is not PEM: {it}"))?;
        store
            .add(certificate)
            .map_err(|it| format!("a certificate of the certificate authority is broken: {it}"))?;
    }
    if store.is_empty() {
        return Err("the certificate authority has no certificate".to_owned());
    }
    Ok(store)
}

fn loaded(
    (certificate, key): &Identity,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.map_err(|it| format!("the client certificate is not PEM: {it}"))?;
    if chain.is_empty() {
        return Err("the client certificate has no certificate".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(key);
    Ok((chain, key.map_err(|it| format!("the client key is not PEM: {it}"))?))
}

/// The verifier of `insecure-skip-tls-verify`. A signature of an unknown key proves nothing, so no signature is
/// checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The last step of a connection: TLS, for addresses with `https`.
pub(super) struct Tls {
    pub(super) settings: Arc<ClientConfig>,
    /// Host of the API server, and the name that its certificate must have instead (`tls-server-name`).
    pub(super) renamed: Option<(String, String)>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, Encrypted>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else { return Ok(None) };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let host = details.uri.host().unwrap_or_default();
        let name = match &self.renamed {
            Some((server, name)) if server == host => name,
            _ => host,
        };
        let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|it| ureq::Error::Other(it.into()))?;
        let mut connection = ClientConnection::new(Arc::clone(&self.settings), name)
            .map_err(|it| ureq::Error::Other(it.into()))?;
        let mut socket =
            TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        socket.set_timeout(details.timeout);
        connection.complete_io(&mut socket)?;
        let buffers = LazyBuffers::new(
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        let stream = StreamOwned::new(connection, socket);
        Ok(Some(Either::B(Encrypted { buffers, stream })))
    }
}

/// A connection with TLS.
pub(super) struct Encrypted {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for Encrypted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Encrypted").finish_non_exhaustive()
    }
}

impl Transport for Encrypted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        io::Write::write_all(&mut self.stream, output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let input = self.buffers.input_append_buf();
        let amount = io::Read::read(&mut self.stream, input)?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
