/// Who may call: API keys and the dashboard's sessions.
@org.jspecify.annotations.NullMarked
package bessemer.db.access;
