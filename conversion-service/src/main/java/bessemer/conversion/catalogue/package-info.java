/// The models that were made: what they are, their files, their parity reports.
@org.jspecify.annotations.NullMarked
package bessemer.conversion.catalogue;
