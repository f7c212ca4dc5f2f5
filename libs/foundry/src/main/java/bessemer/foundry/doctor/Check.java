package bessemer.foundry.doctor;

/// One thing that was looked at.
///
/// @param detail what was measured, or what went wrong
public record Check(String name, boolean passed, String detail) {}
