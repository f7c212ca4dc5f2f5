/// Checks of what an operator gets: alert rules, dashboards, images, compose file. No service needs
/// this.
@org.jspecify.annotations.NullMarked
package bessemer.ops;
