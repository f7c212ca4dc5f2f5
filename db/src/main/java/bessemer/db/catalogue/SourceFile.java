package bessemer.db.catalogue;

import bessemer.contracts.Artifact;

/// A declared file.
///
/// @param complete whether all of it is on the disk, with the declared SHA-256
public record SourceFile(Artifact artifact, boolean complete) {}
