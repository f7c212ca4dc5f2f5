package bessemer.cli;

import picocli.CommandLine.IVersionProvider;

/// The version that the build wrote into the jar.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String built = Bessemer.class.getPackage().getImplementationVersion();
    return new String[] {"bessemer " + (built == null ? "(not from a jar)" : built)};
  }
}
