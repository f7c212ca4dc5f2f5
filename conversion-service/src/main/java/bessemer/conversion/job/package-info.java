/// Conversions as jobs.
@org.jspecify.annotations.NullMarked
package bessemer.conversion.job;
