import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.quartz.CronExpression;

/**
 * Asks Quartz when cron expressions fire, and writes its answers down as the table that Muster's own evaluator is
 * judged by. Run by hand when the questions change:
 *
 * <pre>mvn -q -f jobs/quartz-table compile exec:java > jobs/src/cron/quartz.txt</pre>
 *
 * <p>The table: a line {@code = EXPRESSION} begins the answers for an expression, {@code ! EXPRESSION} is one that
 * Quartz refuses. Each line after {@code =} is a start: its zone, its second since the epoch, and the seconds from
 * each fire to the next, the first counted from the start. {@code .} after them says that it never fires again.
 *
 * <p>Left out, because Muster decides otherwise: {@code *} in both day fields (accepted), more than seven fields
 * (refused; Quartz overlooks the rest), years beyond 2099 (refused).
 */
public final class QuartzTable {
    private static final int FIRES = 4;
    private static final int PATIENCE_S = 4;
    /** The year 2100. */
    private static final long LAST_SECOND = 4102444800L;
    private static final ExecutorService askers = Executors.newCachedThreadPool();

    /** A zone and a local time in it. */
    private record Start(String zone, LocalDateTime local) {
        static Start of(String zone, String local) {
            return new Start(zone, LocalDateTime.parse(local));
        }

        long second() {
            return local.atZone(ZoneId.of(zone)).toEpochSecond();
        }
    }

    private static final List<Start> PLAIN = List.of(
            Start.of("UTC", "2026-01-01T00:00:00"), Start.of("UTC", "2027-12-31T23:59:59"),
            Start.of("Asia/Shanghai", "2026-02-27T11:30:15"), Start.of("UTC", "2024-02-28T12:00:01"),
            Start.of("Asia/Kathmandu", "2026-06-30T23:44:59"));

    /** Shortly before clocks change, and in the middle of the hour that comes twice. Where rules may yet change, the past. */
    private static final List<Start> CHANGES = List.of(
            Start.of("America/New_York", "2026-03-07T22:10:00"), Start.of("America/New_York", "2026-03-08T01:59:58"),
            Start.of("America/New_York", "2026-10-31T22:10:00"), Start.of("America/New_York", "2026-11-01T00:59:30"),
            Start.of("America/New_York", "2026-11-01T01:20:00"),
            Start.of("Europe/Berlin", "2026-03-28T23:30:00"), Start.of("Europe/Berlin", "2026-03-29T01:59:59"),
            Start.of("Europe/Berlin", "2026-10-24T23:30:00"), Start.of("Europe/Berlin", "2026-10-25T02:29:59"),
            Start.of("Europe/London", "2026-03-29T00:15:00"), Start.of("Europe/London", "2026-10-25T00:45:00"),
            Start.of("Australia/Lord_Howe", "2024-10-05T23:50:00"), Start.of("Australia/Lord_Howe", "2024-10-06T01:45:00"),
            Start.of("Australia/Lord_Howe", "2024-04-06T23:50:00"), Start.of("Australia/Lord_Howe", "2024-04-07T01:20:00"),
            Start.of("Australia/Adelaide", "2024-10-06T00:30:00"), Start.of("Australia/Adelaide", "2024-04-07T01:30:00"),
            Start.of("America/St_Johns", "2024-03-10T00:30:00"), Start.of("America/St_Johns", "2024-11-03T00:30:00"),
            Start.of("America/Sao_Paulo", "2017-10-14T22:30:00"), Start.of("America/Sao_Paulo", "2018-02-17T22:30:00"),
            Start.of("America/Havana", "2023-03-11T23:00:00"), Start.of("America/Havana", "2023-11-04T23:00:00"),
            Start.of("Pacific/Apia", "2011-12-29T20:00:00"), Start.of("Pacific/Auckland", "2023-09-24T00:10:00"),
            Start.of("Pacific/Auckland", "2023-04-02T00:10:00"));

    private static final List<String> OF_CLOCKS = List.of(
            "0 30 2 * * ?", "0 0 2 * * ?", "0 30 1 * * ?", "0 15 3 * * ?", "0 0 0 * * ?", "0 30 0 * * ?",
            "0 0 * * * ?", "0 30 * * * ?", "0 0/30 * * * ?", "0 0/15 * * * ?", "0 0/10 1-3 * * ?", "*/20 * * * * ?",
            "30 59 1 * * ?", "59 59 23 * * ?", "0 0 1,2,3 * * ?", "0 0 0/2 * * ?", "0 0 1/2 * * ?", "0 45 23-2 * * ?",
            "0 0 2 ? * SUN", "0 30 2 ? * 1#2", "0 30 2 ? * 1L", "0 0 2 L * ?", "0 0 0 ? * SAT,SUN", "0 0/5 2 * * ?",
            "0 10,40 0-4 * * ?", "0 0 12 * * ?", "0 30 2 8 3 ?", "0 30 2 ? 3 SUN", "0 0 0 30 12 ?", "0 20 1/1 * * ?",
            "0 * 2 * * ?", "*/30 59 * * * ?", "0 50 1 * * ?", "0 5 2 * * ?", "0 0 4-1 * * ?");

    private static List<String> ofCalendars() {
        Set<String> all = new LinkedHashSet<>();
        for (String day : List.of("*", "?", "1", "15", "28", "29", "30", "31", "1,15", "31,1", "1-5", "28-3", "*/7",
                "1/5", "/10", "5/10", "10-20/3", "20-10/4", "L", "L-1", "L-3", "L-30", "LW", "L-1W", "L-3W", "1W", "2W",
                "15W", "28W", "29W", "30W", "31W", "1-31", "31/2")) {
            for (String month : List.of("*", "2", "FEB", "1,7", "JAN-MAR", "NOV-FEB", "JAN-JUN/2", "MAR/3", "*/3", "2/5", "4,6,9,11", "12")) {
                all.add("0 0 0 " + day + " " + month + (day.equals("?") ? " *" : " ?"));
            }
            all.add("0 30 9 " + day + " * " + (day.equals("?") ? "*" : "?") + " 2028");
            all.add("0 30 9 " + day + " 2 " + (day.equals("?") ? "*" : "?") + " 2027-2033");
        }
        for (String day : List.of("1", "7", "SUN", "MON", "sat", "MON-FRI", "2-6", "FRI-MON", "6-2", "SUN,WED", "1,7",
                "*/2", "2/2", "3/3", "MON/2", "L", "1L", "6L", "7L", "FRIL", "2#1", "6#3", "7#5", "1#5", "MON#2",
                "MON-WED,FRI", "MON-FRI/2", "SAT-SUN", "7-1", "2-2", "1-7", "/3", "4-2/2")) {
            for (String month : List.of("*", "2", "JAN-MAR", "11-2", "*/4", "6")) {
                all.add("0 0 0 ? " + month + " " + day);
            }
            all.add("15 45 23 ? * " + day + " 2027,2031");
        }
        for (String years : List.of("*", "2026", "2027", "2026-2028", "2028/4", "*/3", "2025", "2020-2024", "2099",
                "2030,2027", "2026/10", "1970-2027")) {
            all.add("0 0 0 1 1 ? " + years);
            all.add("0 0 0 29 2 ? " + years);
            all.add("0 0 12 ? 3 MON#1 " + years);
        }
        all.addAll(List.of("0 0 0 30 2 ?", "0 0 0 31 4,6,9,11 ?", "0 0 0 31 2 ?", "0 0 0 29 2 ? 2026-2027", "0 0 0 30W 2 ?",
                "0 0 0 ? 2 1#5 2026-2031", "0 0 0 L-29 2 ?", "0 0 0 L-30 4 ?", "0 0 0 L-30W * ?"));
        return new ArrayList<>(all);
    }

    private static List<String> ofTimes() {
        Set<String> all = new LinkedHashSet<>();
        List<String> small = List.of("*", "0", "59", "*/7", "0/15", "5/20", "/25", "10-20", "50-10", "50-10/7", "1,2,30",
                "30,1,2", "7-7", "0-59/13", "58-2,30", "3/59", "15/0", "*/59");
        for (String value : small) {
            all.add(value + " 0 0 * * ?");
            all.add("0 " + value + " 0 * * ?");
            all.add(value + " " + value + " * * * ?");
            all.add(value + " " + value + " 5 * * ?");
        }
        for (String hours : List.of("*", "0", "23", "*/5", "0/6", "3/7", "22-2", "22-2/2", "9-17", "9,17,0", "23-0", "*/23",
                "8-18/2", "0-23/11", "/9", "12/0", "5-5")) {
            all.add("0 0 " + hours + " * * ?");
            all.add("30 15 " + hours + " ? * MON-FRI");
            all.add("0 10,50 " + hours + " L * ?");
        }
        return new ArrayList<>(all);
    }

    /** Every field at random, from a fixed seed. */
    private static List<String> atRandom(int count) {
        Random random = new Random(20260115);
        Set<String> all = new LinkedHashSet<>();
        while (all.size() < count) {
            boolean ofWeek = random.nextInt(3) == 0;
            String expression = String.join(" ", field(random, 0, 59), field(random, 0, 59), field(random, 0, 23),
                    ofWeek ? "?" : field(random, 1, 31), field(random, 1, 12), ofWeek ? field(random, 1, 7) : "?");
            if (random.nextInt(5) == 0) {
                int from = 2024 + random.nextInt(8);
                expression += random.nextBoolean() ? " " + from + "-" + (from + random.nextInt(5)) : " " + from + "/" + (1 + random.nextInt(4));
            }
            all.add(expression);
        }
        return new ArrayList<>(all);
    }

    private static String field(Random random, int min, int max) {
        int a = min + random.nextInt(max - min + 1);
        int b = min + random.nextInt(max - min + 1);
        int step = 1 + random.nextInt(max - min);
        return switch (random.nextInt(9)) {
            case 0, 1 -> "*";
            case 2, 3 -> "" + a;
            case 4 -> a + "-" + b;
            case 5 -> a + "-" + b + "/" + step;
            case 6 -> a + "/" + step;
            case 7 -> "*/" + step;
            default -> a + "," + b + "," + (min + random.nextInt(max - min + 1));
        };
    }

    /** Words that people, or those who try, may write. */
    private static List<String> odd() {
        Set<String> all = new LinkedHashSet<>();
        List<String> fields = List.of("0", "0", "0", "1", "1", "?");
        List<String> words = List.of("60", "24", "32", "13", "8", "-1", "+1", "1-", "-", "/", "//", "*/", "1/", "1//2", "*/0",
                "*/-1", "1-2-3", "1--2", ",", "1,", ",1", "1,,2", "a", "A-B", "SUNDAY", "JANUARY", "JAN", "SUN", "L", "W", "LW",
                "WL", "LL", "WW", "L-", "L-31", "L-32", "L+1", "L1", "1L", "1W", "W1", "0W", "32W", "1W,2W", "L,1", "1,L", "L,L",
                "#", "1#", "#1", "1#0", "1#6", "8#1", "0#1", "1#1,2#2", "1#1#1", "SUN#1", "SUNL", "SUN#", "?", "??", "?/2", "**",
                "*1", "*,1", "1,*", "*-1", "1-*", "1.5", "1e1", "0x1", "٣", "一", "1-60", "60-1", "0-24", "0/60", "0/24", "1/32",
                "1/13", "1/8", "JAN-", "-JAN", "JAN/2", "FEB,JAN", "MON,L", "6L,2L", "L-3,5", "L-0", "LW-1", "L-W", "L-1W2", "C",
                "5C", "H", "@", "MON-5", "2-FRI", "JANFEB", "MO", "M", "2020", "00", "007", "5-5", "100", "1/100");
        for (int place = 0; place < fields.size(); place++) {
            for (String word : words) {
                List<String> changed = new ArrayList<>(fields);
                changed.set(place, word);
                if (place == 5) {
                    changed.set(3, "?");
                }
                all.add(String.join(" ", changed));
            }
        }
        for (String word : List.of("2027", "2027,2029", "2027-2029", "2027/2", "*", "*/2", "?", "L", "x", "2029-2027", "27", "-",
                "2027-", "/", "2027/0", "2027,", "JAN")) {
            all.add("0 0 0 1 1 ? " + word);
        }
        all.addAll(List.of("0", "0 0", "0 0 0", "0 0 0 1", "0 0 0 1 1", "* * * * *", "0 0 0 1 1 1", "0 0 0 ? * ?", "0 0 0 ? ? *",
                "0 0 0 1 ? ?", "? 0 0 1 1 ?", "0 ? 0 1 1 ?", "0 0 ? 1 1 ?", "0 0 0 * * 1", "0 0 0 1 * *", "  0 0 0 1 1 ?  ",
                "0\t0\t0\t1\t1\t?", "@daily", "0 0 0 l * ?", "0 0 0 lw * ?", "0 0 0 15w * ?", "0 0 0 ? * fri#2", "0 0 0 ? * 6l",
                "0 0 0 ? jan mon", "0-0 0-0 0-0 1-1 1-1 ?"));
        return new ArrayList<>(all);
    }

    private static void ask(PrintStream out, String text, List<Start> starts) throws Exception {
        try {
            new CronExpression(text);
        } catch (ParseException | RuntimeException refused) {
            out.println("! " + text.replace("\t", "\\t"));
            return;
        }
        List<String> answers = new ArrayList<>();
        for (Start start : starts) {
            Future<String> answer = askers.submit(() -> fires(text, start));
            try {
                answers.add(answer.get(PATIENCE_S, TimeUnit.SECONDS));
            } catch (TimeoutException | ExecutionException hangs) {
                // Quartz itself fails here, or runs for ever: there is no answer to compare with.
                System.err.println("no answer: " + text + " from " + start);
                break;
            }
        }
        if (!answers.isEmpty()) {
            out.println("= " + text.replace("\t", "\\t"));
            answers.forEach(out::println);
        }
    }

    private static String fires(String text, Start start) throws ParseException {
        CronExpression cron = new CronExpression(text);
        cron.setTimeZone(TimeZone.getTimeZone(start.zone()));
        long second = start.second();
        StringBuilder line = new StringBuilder(start.zone() + " " + second);
        for (int fire = 0; fire < FIRES; fire++) {
            Date next = cron.getNextValidTimeAfter(new Date(second * 1000));
            if (next == null || next.getTime() / 1000 >= LAST_SECOND) {
                return line + " .";
            }
            line.append(' ').append(next.getTime() / 1000 - second);
            second = next.getTime() / 1000;
        }
        return line.toString();
    }

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        out.println("# Quartz 2.3.2. Made by jobs/quartz-table; the form is described there.");
        for (String text : OF_CLOCKS) {
            ask(out, text, CHANGES);
        }
        for (String text : ofCalendars()) {
            ask(out, text, PLAIN.subList(0, 4));
        }
        for (String text : ofTimes()) {
            ask(out, text, List.of(PLAIN.get(2), PLAIN.get(4)));
        }
        for (String text : atRandom(400)) {
            ask(out, text, List.of(PLAIN.get(1), PLAIN.get(3), CHANGES.get(0), CHANGES.get(7)));
        }
        for (String text : odd()) {
            ask(out, text, PLAIN.subList(0, 1));
        }
        out.flush();
        // Those who got no answer still wait for it.
        System.exit(0);
    }
}
