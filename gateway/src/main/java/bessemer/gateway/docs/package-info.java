/// The contract, as a document and as a page.
@org.jspecify.annotations.NullMarked
package bessemer.gateway.docs;
