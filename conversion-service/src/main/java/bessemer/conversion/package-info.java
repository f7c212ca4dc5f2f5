/// The conversion service: sources, conversions, the catalogue.
@org.jspecify.annotations.NullMarked
package bessemer.conversion;
