/// HTTPS between the machines of an installation: each listener has a certificate that it signed
/// itself, and each caller accepts exactly the one whose fingerprint it knows.
@org.jspecify.annotations.NullMarked
package bessemer.service.tls;
