/// The inference service: models that answer.
@org.jspecify.annotations.NullMarked
package bessemer.inference;
