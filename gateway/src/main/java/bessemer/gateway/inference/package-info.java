/// `/v1` and `/api/v1/translate`: which worker answers a request for a model, and the way of the
/// answer back.
@org.jspecify.annotations.NullMarked
package bessemer.gateway.inference;
