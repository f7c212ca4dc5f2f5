/// Who may come in: keys, sessions, scopes, limits, and what a refusal looks like.
@org.jspecify.annotations.NullMarked
package bessemer.gateway.access;
