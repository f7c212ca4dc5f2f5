package bessemer.contracts;

/// What a job is to do: one record for each kind. No path, command or address is ever part of it.
public sealed interface JobSpec permits ConvertSpec, EvalSpec {

  /// The name of the kind in requests, queues and metrics.
  default String kind() {
    return switch (this) {
      case ConvertSpec _ -> ConvertSpec.KIND;
      case EvalSpec _ -> EvalSpec.KIND;
    };
  }
}
