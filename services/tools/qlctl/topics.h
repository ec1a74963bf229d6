/* topics.h -- qlctl topics: creates on a Kafka cluster the topics of topics/topics.csv that it lacks. */
#ifndef QLCTL_TOPICS_H
#define QLCTL_TOPICS_H

/* The whole subcommand; argv[0] is its own name. Returns the exit status. Safe to repeat. */
int qlctl_topics(int argc, char **argv);

#endif
