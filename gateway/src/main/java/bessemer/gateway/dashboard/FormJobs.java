package bessemer.gateway.dashboard;

import bessemer.contracts.JobRequest;
import bessemer.contracts.JobView;
import bessemer.db.jobs.Jobs;
import bessemer.db.jobs.Specs;
import bessemer.service.Caller;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.result.view.Rendering;
import tools.jackson.databind.node.ObjectNode;

/// Jobs that were asked for in a form.
record FormJobs(Jobs jobs) {

  /// @param request as the body of `POST /api/v1/jobs`
  /// @param once makes one job of a form that is sent twice; may be empty
  /// @return the way to the job's page
  /// @throws bessemer.contracts.InvalidFieldException naming the first field that is wrong
  /// @throws bessemer.contracts.ConflictException if the same form asked for another job before
  Rendering submit(ObjectNode request, String once, Caller caller) {
    JobRequest asked = Specs.request(request);
    JobView job =
        jobs.submit(
                new Jobs.Submission(
                    asked.spec(), asked.priority(), caller.keyId(), once.isEmpty() ? null : once))
            .job();
    return Rendering.redirectTo("/jobs/" + job.id()).status(HttpStatus.SEE_OTHER).build();
  }
}
