/// Child processes: started, watched, started again, stopped; never outliving who started them.
@org.jspecify.annotations.NullMarked
package bessemer.supervisor.process;
